import { describe, expect, it } from 'vitest';
import { decide } from '../../../shared/runs/steps/decide.ts';
import type { StepRecord } from '../../../shared/runs/steps/record.ts';
import { plannedStep } from '../../engine/planned-step.ts';
import { stepRecord, stepStatus } from './step-records.ts';

const now = '2026-01-01T00:01:00.000Z';
const outcome = {
  step: 1,
  attempt: 1,
  task: {
    taskArn: 'arn',
    stopCode: 'EssentialContainerExited',
    stoppedReason: 'done',
    exitCode: 3,
    imageDigest: '',
  },
};

describe('decide in a wave', () => {
  const wave = [
    plannedStep(0, { wave: 0 }),
    plannedStep(1, { wave: 0 }),
    plannedStep(2, { skipped: true }),
    plannedStep(3, { wave: 1 }),
  ];
  const about = (records: readonly StepRecord[], more: Partial<Parameters<typeof decide>[0]> = {}) =>
    decide({ steps: wave, records, outcome: null, statuses: new Map(), now, ...more }).action;
  const success = (index: number) => stepRecord(index, { state: 'success', exitCode: 0 });

  it('starts all steps that have not succeeded, and the next wave after all of them', () => {
    expect(about([], { waves: true })).toEqual({ kind: 'wave', steps: [0, 1] });
    expect(about([success(0), stepRecord(1)], { waves: true })).toEqual({ kind: 'wave', steps: [1] });
    const next = { kind: 'run', step: 3, attempt: 1 };
    expect(about([success(0), success(1)], { waves: true })).toEqual(next);
    expect(about([success(0), success(1), success(3)], { waves: true })).toEqual({ kind: 'done' });
  });

  it('starts them one after the other for a state machine without waves', () => {
    expect(about([])).toEqual({ kind: 'run', step: 0, attempt: 1 });
    expect(about([success(0)])).toEqual({ kind: 'run', step: 1, attempt: 1 });
  });

  it('is done when one failed, whichever it is', () => {
    expect(about([stepRecord(0), stepRecord(1, { state: 'failed' })], { waves: true })).toEqual({
      kind: 'done',
    });
    expect(about([success(0), stepRecord(1, { state: 'failed' })])).toEqual({ kind: 'done' });
  });

  it('decides for a member by its own record, without waiting for the others', () => {
    expect(about([], { member: 1 })).toEqual({ kind: 'run', step: 1, attempt: 1 });
    expect(about([success(0), stepRecord(1, { attempt: 2 })], { member: 1 })).toEqual({
      kind: 'run',
      step: 1,
      attempt: 2,
    });
    expect(about([stepRecord(0), success(1)], { member: 1 })).toEqual({ kind: 'done' });
    const retryAt = '2026-01-01T00:01:05.000Z';
    expect(about([stepRecord(0), stepRecord(1, { state: 'waiting', retryAt })], { member: 1 })).toEqual({
      kind: 'wait',
      step: 1,
      attempt: 2,
      seconds: 5,
    });
  });

  it('stops a member when another one failed, and a failed member itself', () => {
    const failed = [success(0), stepRecord(1, { state: 'failed' })];
    for (const member of [0, 1]) expect(about(failed, { member })).toEqual({ kind: 'failed' });
    const ended = decide({
      ...{ steps: wave, records: [stepRecord(0), stepRecord(1)], outcome, now, member: 1 },
      statuses: new Map([[1, stepStatus(1, { exitCode: 3 })]]),
    });
    expect(ended).toMatchObject({ recorded: [{ index: 1, state: 'failed' }], action: { kind: 'failed' } });
  });
});
