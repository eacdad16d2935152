import { describe, expect, it } from 'vitest';
import { secondsOf } from '../../../shared/runs/steps/begin-attempt.ts';
import { MAX_ATTEMPTS, runsOnSpot } from '../../../shared/runs/steps/ended-attempt.ts';
import { plannedStep } from '../../engine/planned-step.ts';
import { decide } from './decide-one.ts';
import { stepRecord, stepStatus } from './step-records.ts';

const now = '2026-01-01T00:01:00.000Z';
const EXITED = 'EssentialContainerExited';
const step = plannedStep(0);
const record = stepRecord(0);
const status = (exitCode: number) => stepStatus(0, { exitCode });

describe('a step whose task was stopped, with a report of the warden that does not mention the stop', () => {
  /** The report is the same as for a step that exits with this code. */
  const decided = (stopCode: string, exitCode: number, stoppedReason = 'done') =>
    decide({
      steps: [step],
      records: [record],
      outcome: {
        step: 0,
        attempt: 1,
        task: { taskArn: 'arn', stopCode, stoppedReason, exitCode, imageDigest: '' },
      },
      status: status(exitCode),
      now,
    }).recorded;

  it.each(['SpotInterruption', 'TerminationNotice', 'ServiceSchedulerInitiated'])(
    'is repeated if the platform stopped the task: %s',
    (stopCode) => {
      for (const exitCode of [143, 137, 1]) {
        expect(decided(stopCode, exitCode, 'Your Spot Task was interrupted.')).toMatchObject({
          state: 'waiting',
          reason: "the step's task stopped early: Your Spot Task was interrupted.",
        });
      }
    },
  );

  it('is repeated if AWS retires the host, whatever the stop code', () => {
    const maintenance = 'ECS is performing maintenance on the underlying infrastructure hosting the task.';
    expect(decided('UserInitiated', 143, maintenance)?.state).toBe('waiting');
  });

  it('is not repeated if an operator stopped the task', () => {
    expect(decided('UserInitiated', 143, 'Task stopped by user')).toMatchObject({
      state: 'failed',
      reason: "the step's task stopped early: Task stopped by user",
    });
  });

  it('fails if the task was not stopped', () => {
    expect(decided('EssentialContainerExited', 143)).toMatchObject({ state: 'failed', exitCode: 143 });
  });

  it('succeeds if it ended with exit code 0 before the stop', () => {
    expect(decided('SpotInterruption', 0)).toMatchObject({ state: 'success', exitCode: 0 });
  });
});

describe('a step whose task ended without a report, in its last attempt', () => {
  const decided = (participantCode: boolean, stopCode: string, reason = '') =>
    decide({
      steps: [plannedStep(0, { participantCode })],
      records: [stepRecord(0, { attempt: MAX_ATTEMPTS })],
      outcome: {
        step: 0,
        attempt: MAX_ATTEMPTS,
        task: { taskArn: 'arn', stopCode, stoppedReason: 'done', exitCode: 137, imageDigest: '', reason },
      },
      status: undefined,
      now,
    }).recorded;

  it('was failed by the platform, unless a participant may have exhausted the memory of its task', () => {
    expect(decided(false, 'EssentialContainerExited')).toMatchObject({ state: 'failed', platform: true });
    expect(decided(true, 'EssentialContainerExited')).toMatchObject({ state: 'failed' });
    expect(decided(true, 'EssentialContainerExited')).not.toHaveProperty('platform');
  });

  it('counts if the step exhausted the memory of its task, also by what a participant gave it to read', () => {
    const reason = 'OutOfMemoryError: container killed due to memory usage';
    for (const participantCode of [true, false]) {
      const ended = decided(participantCode, EXITED, reason);
      expect(ended).toMatchObject({ state: 'failed', reason: expect.stringContaining(reason) });
      expect(ended).not.toHaveProperty('platform');
    }
    expect(decided(false, 'SpotInterruption', reason)).toMatchObject({ platform: true });
  });

  it('was failed by the platform if that stopped the task', () => {
    expect(decided(true, 'SpotInterruption')).toMatchObject({ state: 'failed', platform: true });
    expect(decided(true, 'TaskFailedToStart')).toMatchObject({ state: 'failed', platform: true });
  });
});

describe('a step with code of a participant that ended with a report, in its last attempt', () => {
  const isRefunded = (participantCode: boolean, code: string, exitCode: number | null, stopCode = EXITED) => {
    const task = {
      taskArn: 'arn',
      stopCode,
      stoppedReason: 'done',
      exitCode: exitCode ?? 137,
      imageDigest: '',
    };
    const { recorded } = decide({
      steps: [plannedStep(0, { participantCode, ownImage: true })],
      records: [stepRecord(0, { attempt: MAX_ATTEMPTS })],
      outcome: { step: 0, attempt: MAX_ATTEMPTS, task },
      status: stepStatus(0, { attempt: MAX_ATTEMPTS, exitCode, failure: { code, message: 'failed' } }),
      now,
    });
    expect(recorded?.state).toBe('failed');
    return recorded?.platform === true;
  };

  it.each([
    ['not-stopped', null],
    ['no-shell', 127],
    ['unexpected', 0],
    ['protocol', 0],
    ['refused', 0],
  ])('was not failed by the platform with the failure %s, which the code can cause', (code, exitCode) => {
    expect(isRefunded(true, code, exitCode)).toBe(false);
    expect(isRefunded(false, code, exitCode)).toBe(true);
    expect(isRefunded(true, code, exitCode, 'SpotInterruption')).toBe(true);
  });

  it.each([
    ['transfer', 0],
    ['stopped', null],
    ['not-started', null],
    ['unexpected', null],
  ])('was failed by the platform with the failure %s, exit code %s', (code, exitCode) => {
    expect(isRefunded(true, code, exitCode)).toBe(true);
  });
});

describe('a step whose image cannot be pulled from a registry that does not work, in its last attempt', () => {
  const image = 'evil.example/resource:1';
  const failure = (ref: string) =>
    `CannotPullContainerError: failed to resolve ref ${ref}: unexpected status: 500: capacity is unavailable`;
  const decided = (ownImage: boolean, reason: string) =>
    decide({
      steps: [plannedStep(0, { participantCode: !ownImage, image, ...(ownImage && { ownImage }) })],
      records: [stepRecord(0, { attempt: MAX_ATTEMPTS, image })],
      outcome: {
        step: 0,
        attempt: MAX_ATTEMPTS,
        task: {
          taskArn: 'arn',
          stopCode: 'TaskFailedToStart',
          stoppedReason: reason,
          exitCode: -1,
          imageDigest: '',
        },
      },
      status: undefined,
      now,
    }).recorded;

  it('was failed by the participant who named the image, whatever its name and its registry say', () => {
    expect(decided(false, failure(image))).toMatchObject({ state: 'failed' });
    expect(decided(false, failure(image))).not.toHaveProperty('platform');
  });

  it('was failed by the platform if the template names the image, or if it is that of the task itself', () => {
    expect(decided(true, failure(image))).toMatchObject({ state: 'failed', platform: true });
    const other = failure('public.ecr.aws/docker/library/node:24');
    expect(decided(false, other)).toMatchObject({ state: 'failed', platform: true });
  });
});

describe('a step with a GPU', () => {
  const size = { cpu: 4, memory: 14_336, disk: 50, timeout: 3600 };

  it('may wait half an hour for its instance, besides its time limit', () => {
    expect(secondsOf([{ size }])).toBe(3600 + 1800);
    expect(secondsOf([{ size, gpu: true }])).toBe(3600 + 1800 + 1800);
    expect(secondsOf([{ size }, { size }])).toBe(2 * 5400);
  });

  it('is tried again, and not as a failure, if no instance was free', () => {
    const cause = JSON.stringify({
      TaskArn: 'arn',
      StopCode: 'TaskFailedToStart',
      StoppedReason: 'EMPTY CAPACITY PROVIDER',
      Containers: [{ Name: 'step' }],
    });
    const { recorded, action } = decide({
      steps: [{ ...step, gpu: true }],
      records: [{ ...record, attempt: 3 }],
      outcome: { step: 0, attempt: 3, error: { name: 'States.TaskFailed', cause } },
      status: undefined,
      now,
    });
    expect(recorded).toMatchObject({ state: 'waiting', refusals: 1 });
    expect(action).toEqual({ kind: 'wait', step: 0, attempt: 4, seconds: 60 });
  });
});

describe('a step on spare capacity', () => {
  it('is on it only in its first attempt', () => {
    const onSpot = (attempt: number) => runsOnSpot({ ...step, spot: true }, attempt);
    expect([1, 2, 3].map(onSpot)).toEqual([true, false, false]);
    expect(runsOnSpot(step, 1)).toBe(false);
  });

  it('is repeated on demand after two seconds if there is no spare capacity', () => {
    const error = { name: 'ECS.AmazonECSException', cause: 'Capacity is unavailable at this time.' };
    const { action } = decide({
      steps: [step],
      records: [{ ...record, spot: true }],
      outcome: { step: 0, attempt: 1, error },
      status: undefined,
      now,
    });
    expect(action).toEqual({ kind: 'wait', step: 0, attempt: 2, seconds: 2 });
  });
});
