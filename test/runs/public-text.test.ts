import { describe, expect, it } from 'vitest';
import { publicText } from '../../shared/runs/public-text.ts';

describe('publicText', () => {
  it.each([
    [
      'unable to assume arn:aws:iam::123456789012:role/flowserv-prod-execution now',
      'unable to assume (ARN) now',
    ],
    [
      'pull 123456789012.dkr.ecr.eu-west-1.amazonaws.com/x',
      'pull (account).dkr.ecr.eu-west-1.amazonaws.com/x',
    ],
    ["ENOENT: no such file, open '/data/tasks/1/volumes/work/a.txt'", "ENOENT: no such file, open '(path)'"],
    [
      'failed to resolve ref docker.io/library/pythn:3.9',
      'failed to resolve ref docker.io/library/pythn:3.9',
    ],
    [
      "'results/plot 1.png' cannot be stored: status 500",
      "'results/plot 1.png' cannot be stored: status 500",
    ],
    ['status 1 and/or 2', 'status 1 and/or 2'],
  ])('converts %j to %j', (text, expected) => {
    expect(publicText(text)).toBe(expected);
  });

  it('is bounded and contains no half characters', () => {
    const text = publicText(`${'x'.repeat(999)}😀`);
    expect(text).toHaveLength(1000);
    expect(text.isWellFormed()).toBe(true);
  });
});
