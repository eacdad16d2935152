import { describe, expect, it } from 'vitest';
import type { PlannedStep } from '../../shared/engine/run-plan.ts';
import { stepsOfTask } from '../../shared/engine/shared-task.ts';

const SIZE = { cpu: 1, memory: 2048, disk: 21, timeout: 60 };
const stepAt = (index: number, change: Partial<PlannedStep> = {}): PlannedStep => ({
  index,
  name: `step ${index}`,
  skipped: false,
  participantCode: false,
  image: 'python:3.9',
  commands: ['true'],
  variables: {},
  env: {},
  inputs: [],
  outputs: [],
  size: SIZE,
  ...change,
});
/** Steps of which the second has a difference. */
const withSecond = (change: Partial<PlannedStep>) => [stepAt(0), stepAt(1, change), stepAt(2)];

describe('the steps of a task', () => {
  it('are all that follow each other, at most eight', () => {
    const steps = Array.from({ length: 12 }, (_, index) => stepAt(index));
    expect(stepsOfTask(steps, 0)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(stepsOfTask(steps, 8)).toEqual([8, 9, 10, 11]);
    expect(stepsOfTask(steps, 0, 2)).toEqual([0, 1]);
    expect(stepsOfTask(steps, 3, 1)).toEqual([3]);
  });

  it('do not include skipped steps, which separate nothing', () => {
    expect(stepsOfTask(withSecond({ skipped: true, image: '' }), 0)).toEqual([0, 2]);
  });

  const differences: readonly [string, Partial<PlannedStep>][] = [
    ['may run code of a participant', { participantCode: true }],
    ['has another image', { image: 'python:3.10' }],
    ['pulls the image with other logins', { ownImage: true }],
    ['has another processor', { architecture: 'ARM64' }],
    ['uses the network', { network: true }],
    ['has more vCPUs', { size: { ...SIZE, cpu: 2 } }],
    ['has more memory', { size: { ...SIZE, memory: 4096 } }],
    ['has a larger disk', { size: { ...SIZE, disk: 30 } }],
    ['needs the result of an earlier step', { results: { FLOWSERV_ARG_x: { step: 0, operand: false } } }],
  ];
  it.each(differences)('end before a step that %s', (_what, change) => {
    expect(stepsOfTask(withSecond(change), 0)).toEqual([0]);
  });

  it('are separate on both sides of a step that may run code of a participant', () => {
    expect(stepsOfTask(withSecond({ participantCode: true }), 1)).toEqual([1]);
  });

  it('may have other time limits and variables', () => {
    expect(stepsOfTask(withSecond({ size: { ...SIZE, timeout: 30 }, env: { A: '1' } }), 0)).toEqual([
      0, 1, 2,
    ]);
  });
});
