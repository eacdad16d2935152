import type { StepOutcome } from '../../engine/next-step-protocol.ts';
import type { PlannedStep } from '../../engine/run-plan.ts';
import type { TransferPhase } from '../../engine/transfer-phase.ts';
import { wavesOf } from '../../engine/waves.ts';
import type { StepStatus } from '../../staging/protocol.ts';
import { classify, platformFailure } from './ended-attempt.ts';
import { endedTask } from './ended-task.ts';
import type { StepRecord } from './record.ts';
import { addTask } from './task-seconds.ts';
import { needsTransferBefore, transferBefore, transferEnded, withTransferAfter } from './transfer.ts';

/** What the `next-step` function does: it stores the record and responds with the action. */
export interface Decision {
  /** The records that the outcome changes: one for each step that began in the task. */
  readonly recorded: readonly StepRecord[];
  readonly action: NextAction;
}

export type NextAction =
  | { readonly kind: 'run'; readonly step: number; readonly attempt: number }
  | { readonly kind: 'wait'; readonly step: number; readonly attempt: number; readonly seconds: number }
  /** Run these steps at the same time. */
  | { readonly kind: 'wave'; readonly steps: readonly number[] }
  /** Only for a member of a wave: the others must stop. */
  | { readonly kind: 'failed' }
  | {
      readonly kind: 'transfer';
      readonly step: number;
      readonly attempt: number;
      readonly phase: TransferPhase;
    }
  | { readonly kind: 'done' };

/**
 * Decides how a run continues. A pure function of the plan, the step records so far and the outcome of the last task,
 * so a repeated call with the same outcome gives the same response.
 *
 * @param statuses what the warden reported about the steps of that task, by index; without those that it did not report
 * @param waves whether the state machine can run steps at the same time
 * @param member the step of a wave that the decision is about; undefined outside of waves
 * @param transfers whether the state machine can call `transfer`; otherwise storage volumes have no effect
 */
export function decide(input: {
  readonly steps: readonly PlannedStep[];
  readonly records: readonly StepRecord[];
  readonly outcome: StepOutcome | null;
  readonly statuses: ReadonlyMap<number, StepStatus>;
  readonly now: string;
  readonly waves?: boolean | undefined;
  readonly member?: number | undefined;
  readonly transfers?: boolean | undefined;
}): Decision {
  const { steps, records, now, waves = false, member, transfers = false } = input;
  const ended = endsOf(input);
  const others = records.filter(({ index }) => ended.every((one) => one.index !== index));
  const known = [...others, ...ended];
  if (member !== undefined) {
    // A step of the wave that has a failed record ends the run, whichever step asks first.
    const failed = known.some(({ state }) => state === 'failed');
    return { recorded: ended, action: failed ? { kind: 'failed' } : stepAction(member, known, now) };
  }
  const due = transfers ? transferDue(steps, known) : undefined;
  if (!due) return { recorded: ended, action: follow(steps, known, now, waves) };
  const begun = transferBefore(due, now);
  const action = { kind: 'transfer', step: begun.index, attempt: begun.attempt, phase: 'before' } as const;
  return { recorded: [...ended, begun], action };
}

/** The next step, if files must be copied before its first task. */
function transferDue(steps: readonly PlannedStep[], records: readonly StepRecord[]): PlannedStep | undefined {
  const isDone = ({ index }: PlannedStep) =>
    records.some((record) => record.index === index && record.state === 'success');
  const next = steps.find((step) => !step.skipped && !isDone(step));
  const isNew = next && records.every(({ index }) => index !== next.index);
  return isNew && needsTransferBefore(next) ? next : undefined;
}

/** The records of the steps that began in a task, as it left them, or of the step after a transfer. */
function endsOf(input: Parameters<typeof decide>[0]): StepRecord[] {
  const { steps, records, outcome, now, transfers } = input;
  if (outcome?.transfer) return [transferEnded(records, outcome, now) ?? []].flat();
  return endsOfTask(input).map((ended, position) => {
    const record = addTask(ended, outcome?.error, position);
    const step = steps.find(({ index }) => index === record.index);
    return step && transfers ? withTransferAfter(record, step) : record;
  });
}

function endsOfTask({ steps, records, outcome, statuses, now }: Parameters<typeof decide>[0]): StepRecord[] {
  if (!outcome) return [];
  const ended: StepRecord[] = [];
  for (const [position, begun] of begunInTask(records, outcome).entries()) {
    const { exitCode: _, ...record } = begun;
    const end = { ...outcome, task: endedTask(outcome, position) };
    if (ended.some(({ state }) => state !== 'success')) {
      // The containers do not confirm what the warden saw before it began this step.
      ended.push(platformFailure(record, 'an earlier step of the same task did not succeed', now));
    } else if (outcome.error?.name === 'States.Timeout' && begun.finishedAt !== undefined) {
      // Without a description of the task. It is a later step that did not end in time.
      ended.push({ ...begun, state: 'success' });
    } else {
      const { ownImage: ofTemplate = false, participantCode = true } = steps[record.index] ?? {};
      const report = { status: statuses.get(record.index), now, ofTemplate, participantCode };
      ended.push(classify(record, end, report));
    }
  }
  return ended;
}

/** The records of the steps that began in the task of an outcome; none if the outcome is known already. */
export function begunInTask(records: readonly StepRecord[], { step, attempt }: StepOutcome): StepRecord[] {
  const first = records.find(({ index }) => index === step);
  if (first?.attempt !== attempt || first.state !== 'running') return [];
  const begun = [first];
  for (const next of first.following ?? []) {
    const record = records.find(({ index }) => index === next);
    if (record?.state !== 'running') break;
    begun.push(record);
  }
  return begun;
}

/** The action that the records call for. */
function follow(
  steps: readonly PlannedStep[],
  records: readonly StepRecord[],
  now: string,
  waves: boolean,
): NextAction {
  const stateOf = (step: PlannedStep) => records.find(({ index }) => index === step.index)?.state;
  for (const wave of wavesOf(steps)) {
    if (wave.some((step) => stateOf(step) === 'failed')) return { kind: 'done' };
    const open = wave.filter((step) => stateOf(step) !== 'success').map(({ index }) => index);
    if (waves && wave.length > 1 && open.length > 0) return { kind: 'wave', steps: open };
    const [first] = open;
    if (first !== undefined) return stepAction(first, records, now);
  }
  return { kind: 'done' };
}

/** The action that the record of a step calls for. */
function stepAction(step: number, records: readonly StepRecord[], now: string): NextAction {
  const record = records.find(({ index }) => index === step);
  if (!record) return { kind: 'run', step, attempt: 1 };
  if (record.state === 'failed' || record.state === 'success') return { kind: 'done' };
  if (record.state === 'transferring' && record.transfer) return transferAction(record, record.transfer, now);
  // The response that started this attempt was lost: repeat the attempt with a new ticket.
  if (record.state === 'running') return { kind: 'run', step, attempt: record.attempt };
  const attempt = record.attempt + 1;
  const seconds = secondsLeft(record, now);
  if (seconds === 0) return { kind: 'run', step, attempt };
  return { kind: 'wait', step, attempt, seconds };
}

function transferAction(
  record: StepRecord,
  { phase }: NonNullable<StepRecord['transfer']>,
  now: string,
): NextAction {
  const { index: step, attempt } = record;
  const seconds = secondsLeft(record, now);
  return seconds > 0 ? { kind: 'wait', step, attempt, seconds } : { kind: 'transfer', step, attempt, phase };
}

/** Whole seconds until another attempt is due. */
function secondsLeft({ retryAt }: StepRecord, now: string): number {
  if (retryAt === undefined) return 0;
  return Math.max(0, Math.ceil((Date.parse(retryAt) - Date.parse(now)) / 1000));
}
