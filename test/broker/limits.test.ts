import { describe, expect, it } from 'vitest';
import { stepLimits } from '../../shared/broker/limits.ts';

const GIB = 1024 ** 3;

describe('the limits of a step', () => {
  it('leave 6 GiB of its disk to the image and the logs', () => {
    const size = { cpu: 1, memory: 2048, disk: 100, timeout: 60 };
    expect(stepLimits({ size })).toMatchObject({ treeBytes: 94 * GIB, deadlineSeconds: 60 });
    expect(stepLimits({})).toMatchObject({ treeBytes: 15 * GIB, fileBytes: 5 * GIB, files: 10_000 });
  });
});
