import { describe, expect, it } from 'vitest';
import type { StepOutcome } from '../../../shared/engine/next-step-protocol.ts';
import { decide } from '../../../shared/runs/steps/decide.ts';
import type { StepRecord } from '../../../shared/runs/steps/record.ts';
import { plannedStep } from '../../engine/planned-step.ts';
import { stepRecord, stepStatus } from './step-records.ts';

/** The end of a task that ran several steps. */
const now = '2026-01-01T00:01:00.000Z';
const earlier = '2026-01-01T00:00:30.000Z';
const DIGEST = `sha256:${'0a'.repeat(32)}`;

const steps = [0, 1, 2].map((index) => plannedStep(index));
/** The records when the last of the task's steps runs, as the broker left them. */
const begun = (count: number): StepRecord[] =>
  steps.slice(0, count).map(({ index }) => {
    const following = steps.slice(index + 1).map((step) => step.index);
    const ended = index < count - 1 ? { finishedAt: earlier, exitCode: 0 } : {};
    return stepRecord(index, { startedAt: earlier, following, ...ended });
  });
const status = (index: number, exitCode: number | null) =>
  stepStatus(index, { exitCode, startedAt: now, finishedAt: now });
const reports = (...exitCodes: readonly (number | null)[]) =>
  new Map(exitCodes.map((exitCode, index) => [index, status(index, exitCode)]));

/** The outcome of a task; its containers have these exit codes, and -1 if they never ran. */
const stopped = (exitCodes: readonly number[], stopCode = 'EssentialContainerExited'): StepOutcome => {
  const [exitCode = -1, ...later] = exitCodes;
  const task = { taskArn: 'arn', stopCode, stoppedReason: 'done', exitCode, imageDigest: DIGEST };
  return {
    ...{ step: 0, attempt: 1 },
    task: { ...task, later: later.map((code) => ({ exitCode: code, reason: '' })) },
  };
};
const decided = (count: number, outcome: StepOutcome, statuses = reports()) =>
  decide({ steps, records: begun(count), outcome, statuses, now });

describe('the end of a task with several steps', () => {
  it('records each step that began, with the time at which the next one did', () => {
    const { recorded, action } = decided(3, stopped([0, 0, 0]), reports(0, 0, 0));
    const own = { state: 'success', exitCode: 0, taskArn: 'arn', imageDigest: DIGEST };
    expect(recorded).toMatchObject([
      { ...own, finishedAt: earlier },
      { ...own, finishedAt: earlier },
      { ...own, finishedAt: now },
    ]);
    expect(action).toEqual({ kind: 'done' });
  });

  it('ends the run with the step that failed, and records no later one', () => {
    const { recorded, action } = decided(2, stopped([0, 3, 143]), reports(0, 3));
    expect(recorded).toMatchObject([{ state: 'success' }, { state: 'failed', exitCode: 3 }]);
    expect(action).toEqual({ kind: 'done' });
  });

  it('repeats from the step that the platform failed', () => {
    const { recorded, action } = decided(2, stopped([0, 137, -1], 'TerminationNotice'), reports(0));
    expect(recorded).toMatchObject([{ state: 'success' }, { state: 'waiting', attempt: 1 }]);
    expect(action).toEqual({ kind: 'wait', step: 1, attempt: 2, seconds: 2 });
  });

  it('starts the next step in another task if this one ended before it began', () => {
    const { recorded, action } = decided(1, stopped([0, 143, -1]), reports(0));
    expect(recorded).toMatchObject([{ state: 'success' }]);
    expect(action).toEqual({ kind: 'run', step: 1, attempt: 1 });
  });

  it('counts no step after one whose container contradicts the report', () => {
    const { recorded, action } = decided(3, stopped([0, 1, 0]), reports(0, 0, 0));
    expect(recorded.map(({ state }) => state)).toEqual(['success', 'waiting', 'waiting']);
    expect(recorded.map(({ exitCode }) => exitCode)).toEqual([0, undefined, undefined]);
    expect(action).toEqual({ kind: 'wait', step: 1, attempt: 2, seconds: 2 });
  });

  it('counts no step whose container the state machine does not report', () => {
    const { recorded } = decided(2, stopped([0]), reports(0, 0));
    expect(recorded.map(({ state }) => state)).toEqual(['success', 'waiting']);
  });

  it('finds the containers in the description of a task that Step Functions reports as failed', () => {
    const Containers = [
      { Name: 'step', ExitCode: 0, ImageDigest: DIGEST },
      { Name: 'step1', ExitCode: 3, ImageDigest: DIGEST },
      { Name: 'warden', ExitCode: 1 },
    ];
    const error = { name: 'States.TaskFailed', cause: JSON.stringify({ TaskArn: 'arn', Containers }) };
    const { recorded } = decided(2, { step: 0, attempt: 1, error }, reports(0, 3));
    expect(recorded).toMatchObject([{ state: 'success' }, { state: 'failed', exitCode: 3 }]);
  });

  it('blames the last step if the task did not end in time', () => {
    const error = { name: 'States.Timeout', cause: '' };
    const { recorded } = decided(2, { step: 0, attempt: 1, error }, reports(0));
    expect(recorded).toMatchObject([
      { state: 'success', exitCode: 0 },
      { state: 'failed', reason: 'the step did not end within its time limit' },
    ]);
  });

  it('is recorded once', () => {
    const outcome = stopped([0, 0, 0]);
    const { recorded, action } = decided(3, outcome, reports(0, 0, 0));
    expect(decide({ steps, records: recorded, outcome, statuses: reports(0, 0, 0), now })).toEqual({
      recorded: [],
      action,
    });
  });
});
