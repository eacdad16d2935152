import { describe, expect, it } from 'vitest';
import type { PlannedStep } from '../../shared/engine/run-plan.ts';
import { stepsOfTask } from '../../shared/engine/shared-task.ts';
import { plannedStep } from './planned-step.ts';

const SIZE = { cpu: 1, memory: 2048, disk: 21, timeout: 60 };
const stepAt = (index: number, change: Partial<PlannedStep> = {}) =>
  plannedStep(index, { size: SIZE, ...change });
/** Steps of which the second has a difference. */
const withSecond = (change: Partial<PlannedStep>) => [stepAt(0), stepAt(1, change), stepAt(2)];

describe('the steps of a task', () => {
  it('are all that follow each other, at most eight', () => {
    const steps = Array.from({ length: 12 }, (_, index) => stepAt(index));
    expect(stepsOfTask(steps, 0).indexes).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(stepsOfTask(steps, 8).indexes).toEqual([8, 9, 10, 11]);
    expect(stepsOfTask(steps, 0, 2).indexes).toEqual([0, 1]);
    expect(stepsOfTask(steps, 3, 1).indexes).toEqual([3]);
  });

  it('are the rest of the same task if it is repeated, with the definition of all', () => {
    const steps = Array.from({ length: 9 }, (_, index) => stepAt(index));
    expect(stepsOfTask(steps, 6)).toEqual({ indexes: [6, 7], size: 8 });
    expect(stepsOfTask(steps, 8)).toEqual({ indexes: [8], size: 1 });
  });

  it('do not include skipped steps, which separate nothing', () => {
    expect(stepsOfTask(withSecond({ skipped: true, image: '' }), 0).indexes).toEqual([0, 2]);
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
    ['runs on spare capacity', { spot: true }],
    ['has a GPU', { gpu: true }],
    ['may take recorded outputs', { cache: true }],
    ['needs the result of an earlier step', { results: { FLOWSERV_ARG_x: { step: 0, operand: false } } }],
  ];
  it.each(differences)('end before a step that %s', (_what, change) => {
    expect(stepsOfTask(withSecond(change), 0).indexes).toEqual([0]);
  });

  it.each([{ participantCode: true }, { gpu: true }, { cache: true }])(
    'are separate on both sides of a step with %j',
    (change) => {
      expect(stepsOfTask(withSecond(change), 1)).toEqual({ indexes: [1], size: 1 });
      expect(stepsOfTask(withSecond(change), 2)).toEqual({ indexes: [2], size: 1 });
    },
  );

  it('may have other time limits and variables', () => {
    expect(stepsOfTask(withSecond({ size: { ...SIZE, timeout: 30 }, env: { A: '1' } }), 0).indexes).toEqual([
      0, 1, 2,
    ]);
  });
});
