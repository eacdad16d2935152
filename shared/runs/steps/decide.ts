import { isDigest } from '../../engine/image-reference.ts';
import type { StepOutcome, StoppedTask } from '../../engine/next-step-protocol.ts';
import type { PlannedStep } from '../../engine/run-plan.ts';
import type { TransferPhase } from '../../engine/transfer-phase.ts';
import { wavesOf } from '../../engine/waves.ts';
import type { StepStatus } from '../../staging/protocol.ts';
import { publicText } from '../public-text.ts';
import { endedTask, reasonsOf, wasStopped, wasStoppedByOperator } from './ended-task.ts';
import { imageFault } from './image-fault.ts';
import type { StepRecord } from './record.ts';
import { needsTransferBefore, transferBefore, transferEnded, withTransferAfter } from './transfer.ts';

/** A step that the platform failed, not the user's code, is tried again with a new ticket: 3 tasks in all. */
export const MAX_ATTEMPTS = 3;
/** Pause before another attempt: 2 s, then 4 s. Most platform failures are a full or restarting host. */
const RETRY_SECONDS = 2;
/** Pause before a step without free capacity is tried again: on demand for an hour, with a GPU for 10 hours or more. */
const CAPACITY_SECONDS = 60;
export const MAX_REFUSALS = 60;

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
  return endsOfTask(input).map((record) => {
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
      const ofTemplate = steps[record.index]?.ownImage ?? false;
      ended.push(classify(record, end, { status: statuses.get(record.index), now, ofTemplate }));
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

/** How an attempt ended, with the task that an error may describe. */
interface TaskEnd extends Pick<StepOutcome, 'error'> {
  readonly task: StoppedTask | undefined;
}

interface Report {
  /** What the warden reported; undefined without a report. */
  readonly status: StepStatus | undefined;
  readonly now: string;
  /** Whether the template alone decides the image. */
  readonly ofTemplate: boolean;
}

/**
 * The record of an ended attempt. The container service's exit code counts, and the warden's report must agree with
 * it; otherwise the platform failed. An attempt whose task was stopped from outside counts only with exit code 0.
 */
function classify(record: StepRecord, end: TaskEnd, { status, now, ofTemplate }: Report): StepRecord {
  const { task } = end;
  const ended = {
    ...record,
    finishedAt: record.finishedAt ?? now,
    ...(task?.taskArn ? { taskArn: task.taskArn } : {}),
    ...(task && isDigest(task.imageDigest) ? { imageDigest: task.imageDigest } : {}),
  };
  const exitCode = task && task.exitCode >= 0 ? task.exitCode : undefined;
  const isOwn = exitCode === 0 || !task || !wasStopped(task);
  if (status && !status.failure && exitCode !== undefined && status.exitCode === exitCode && isOwn) {
    return { ...ended, state: exitCode === 0 ? 'success' : 'failed', exitCode };
  }
  const fault = imageFault(record.image, task, status);
  if (fault !== undefined) {
    return { ...ended, state: 'failed', reason: fault, ...(ofTemplate ? { platform: true } : {}) };
  }
  const reason = describeFailure(end, status);
  if (isPermanent(end, status)) return { ...ended, state: 'failed', reason };
  if (task && wasStoppedByOperator(task)) return { ...ended, state: 'failed', reason, platform: true };
  return lacksCapacity(end) ? refused(ended, reason, now) : platformFailure(ended, reason, now);
}

/** The record of an attempt that the platform failed: tried again after a pause, up to `MAX_ATTEMPTS`. */
export function platformFailure(record: StepRecord, reason: string, now: string): StepRecord {
  const failures = record.attempt - (record.refusals ?? 0);
  if (failures >= MAX_ATTEMPTS) {
    return { ...record, state: 'failed', reason, finishedAt: now, platform: true };
  }
  return waiting(record, reason, now, RETRY_SECONDS * 2 ** (failures - 1));
}

/** The record of an attempt that found no capacity. After spare capacity, the next attempt is on demand. */
function refused(record: StepRecord, reason: string, now: string): StepRecord {
  const refusals = (record.refusals ?? 0) + 1;
  if (refusals > MAX_REFUSALS) return { ...record, state: 'failed', reason, platform: true };
  return waiting({ ...record, refusals }, reason, now, record.spot ? RETRY_SECONDS : CAPACITY_SECONDS);
}

/**
 * Whether an attempt runs on spare capacity: only the first one does, because capacity that was taken back or missing
 * is likely to be so again.
 */
export const runsOnSpot = ({ spot = false }: PlannedStep, attempt: number): boolean => spot && attempt === 1;

const waiting = (record: StepRecord, reason: string, now: string, seconds: number): StepRecord => ({
  ...record,
  state: 'waiting',
  reason,
  finishedAt: now,
  retryAt: new Date(Date.parse(now) + seconds * 1000).toISOString(),
});

/** The warden's codes for what a repetition would not change. */
const PERMANENT = [
  ...['tree-too-large', 'output-too-large', 'name-not-unicode', 'deadline', 'disk-full', 'no-result'],
];

/**
 * Whether the same inputs would fail again. This excludes a task that was stopped from outside: hosts are retired and
 * spot capacity is reclaimed.
 */
function isPermanent({ error }: TaskEnd, status: StepStatus | undefined): boolean {
  if (error?.name === 'States.Timeout') return true;
  const code = status?.failure?.code ?? '';
  return PERMANENT.includes(code);
}

/**
 * Whether the container service has no room for the task: Fargate has no capacity, the account's quota of vCPUs or tasks
 * is used up, or a task waited 10 to 30 minutes for an instance with a GPU (Amazon ECS, "API failures messages" and
 * "Stopped tasks error messages"; AWS, "Deep dive on Amazon ECS cluster auto scaling").
 */
function lacksCapacity({ task, error }: TaskEnd): boolean {
  const text = task ? reasonsOf(task) : `${error?.name} ${error?.cause}`;
  return NO_CAPACITY.test(text);
}

const NO_CAPACITY =
  /capacity is unavailable|reached the limit on the number of|\bRESOURCE:|empty capacity provider|no active instances/i;

/** The warden's codes for a container that did not run: the container service may know why. */
const NOT_RUN = ['no-exit-code', 'not-started'];

function describeFailure({ task, error }: TaskEnd, status: StepStatus | undefined): string {
  const { code, message = '' } = status?.failure ?? {};
  if (code !== undefined && !(task?.reason && NOT_RUN.includes(code))) return publicText(message);
  const reasons = task ? reasonsOf(task) : '';
  if (reasons !== '') return publicText(`the step's task stopped early: ${reasons}`);
  if (error?.name === 'States.Timeout') return 'the step did not end within its time limit';
  if (error && !task) return publicText(`the container service failed: ${error.name}`);
  return 'the step ended without a report';
}
