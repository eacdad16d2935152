import type { StepOutcome } from '../engine/next-step-protocol.ts';
import type { PlannedStep } from '../engine/run-plan.ts';
import type { StepStatus } from '../engine/staging/protocol.ts';
import type { StepRecord } from './step-record.ts';

/** A step that the platform, not the user's code, has failed is tried again with a new ticket, 3 tasks in all. */
export const MAX_ATTEMPTS = 3;
/** Pause before another attempt: 2 s, then 4 s. Most platform failures are a full or restarting host. */
const RETRY_SECONDS = 2;

/** What the `next` function does: it stores the records and answers with the action. */
export interface Decision {
  /** The record that changes because of the outcome, if any. */
  readonly recorded: StepRecord | null;
  readonly action: NextAction;
}

export type NextAction =
  | { readonly kind: 'run'; readonly step: number; readonly attempt: number }
  | { readonly kind: 'wait'; readonly step: number; readonly attempt: number; readonly seconds: number }
  | { readonly kind: 'done' };

/**
 * Decides how a run goes on. A pure function of the plan, the step records so far and the outcome of the
 * last task, so that a repeated call with the same outcome gives the same answer.
 *
 * @param status what the warden of that attempt reported; undefined when it reported nothing
 */
export function decide(input: {
  readonly steps: readonly PlannedStep[];
  readonly records: readonly StepRecord[];
  readonly outcome: StepOutcome | null;
  readonly status: StepStatus | undefined;
  readonly now: string;
}): Decision {
  const { steps, records, outcome } = input;
  const record = outcome ? records.find(({ index }) => index === outcome.step) : undefined;
  if (!outcome || !record || record.attempt !== outcome.attempt || record.state !== 'running') {
    return { recorded: null, action: follow(steps, records, input.now) };
  }
  const recorded = classify(record, outcome, input.status, input.now);
  const others = records.filter(({ index }) => index !== recorded.index);
  return { recorded, action: follow(steps, [...others, recorded], input.now) };
}

/** The action that the records call for. */
function follow(steps: readonly PlannedStep[], records: readonly StepRecord[], now: string): NextAction {
  for (const step of steps) {
    if (step.skipped) continue;
    const record = records.find(({ index }) => index === step.index);
    if (!record) return { kind: 'run', step: step.index, attempt: 1 };
    if (record.state === 'failed') return { kind: 'done' };
    if (record.state === 'waiting') {
      const attempt = record.attempt + 1;
      const seconds = secondsLeft(record, now);
      if (seconds === 0) return { kind: 'run', step: step.index, attempt };
      return { kind: 'wait', step: step.index, attempt, seconds };
    }
    // The answer that started this attempt was lost: the same attempt again, with a new ticket.
    if (record.state === 'running') return { kind: 'run', step: step.index, attempt: record.attempt };
  }
  return { kind: 'done' };
}

/** Whole seconds until another attempt is due. */
function secondsLeft(record: StepRecord, now: string): number {
  const pause = RETRY_SECONDS * 2 ** (record.attempt - 1);
  const passed = (Date.parse(now) - Date.parse(record.finishedAt ?? now)) / 1000;
  return Math.max(0, Math.ceil(pause - passed));
}

/**
 * The record of an attempt that has ended. The container service's exit code counts; the warden's report
 * must agree with it, or else the platform has failed.
 */
function classify(
  record: StepRecord,
  outcome: StepOutcome,
  status: StepStatus | undefined,
  now: string,
): StepRecord {
  const { task, error } = outcome;
  const seen = {
    finishedAt: now,
    ...(task?.taskArn ? { taskArn: task.taskArn } : {}),
    ...(task?.imageDigest ? { imageDigest: task.imageDigest } : {}),
  };
  const exitCode = task && task.exitCode >= 0 ? task.exitCode : undefined;
  if (status && !status.failure && exitCode !== undefined && status.exitCode === exitCode) {
    return { ...record, ...seen, state: exitCode === 0 ? 'success' : 'failed', exitCode };
  }
  const permanent = status?.failure ? permanentFailure(status.failure.code) : false;
  const reason = describeFailure(outcome, status);
  if (permanent || record.attempt >= MAX_ATTEMPTS) return { ...record, ...seen, state: 'failed', reason };
  if (error?.name === 'States.Timeout') return { ...record, ...seen, state: 'failed', reason };
  return { ...record, ...seen, state: 'waiting', reason };
}

/** Failures that the same inputs would meet again. */
const permanentFailure = (code: string): boolean =>
  ['tree-too-large', 'output-too-large', 'deadline', 'stopped'].includes(code);

function describeFailure(outcome: StepOutcome, status: StepStatus | undefined): string {
  if (status?.failure) return status.failure.message;
  if (outcome.error?.name === 'States.Timeout') return 'the step did not end within its time limit';
  if (outcome.error) return `the container service failed: ${outcome.error.name}`;
  if (outcome.task?.stoppedReason) return `the step's task stopped early: ${outcome.task.stoppedReason}`;
  return 'the step ended without a report';
}
