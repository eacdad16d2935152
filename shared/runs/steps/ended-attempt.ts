import { isDigest } from '../../engine/image-reference.ts';
import type { StepOutcome, StoppedTask } from '../../engine/next-step-protocol.ts';
import type { PlannedStep } from '../../engine/run-plan.ts';
import type { StepStatus } from '../../staging/protocol.ts';
import { publicText } from '../public-text.ts';
import { reasonsOf, wasStopped, wasStoppedByOperator } from './ended-task.ts';
import { imageAtFault, imageFault } from './image-fault.ts';
import type { StepRecord } from './record.ts';

/** A step that the platform failed, not the user's code, is tried again with a new ticket: 3 tasks in all. */
export const MAX_ATTEMPTS = 3;
/** Pause before another attempt: 2 s, then 4 s. Most platform failures are a full or restarting host. */
const RETRY_SECONDS = 2;
/** Pause before a step without free capacity is tried again: on demand for an hour, with a GPU for 10 hours or more. */
const CAPACITY_SECONDS = 60;
export const MAX_REFUSALS = 60;

/** How an attempt ended, with the task that an error may describe. */
export interface TaskEnd extends Pick<StepOutcome, 'error'> {
  readonly task: StoppedTask | undefined;
}

interface Report {
  /** What the warden reported; undefined without a report. */
  readonly status: StepStatus | undefined;
  readonly now: string;
  /** Whether the template alone decides the image. */
  readonly ofTemplate: boolean;
  readonly participantCode: boolean;
}

/**
 * The record of an ended attempt. The container service's exit code counts, and the warden's report must agree with
 * it; otherwise the platform failed. An attempt whose task was stopped from outside counts only with exit code 0.
 */
export function classify(record: StepRecord, end: TaskEnd, report: Report): StepRecord {
  const { status, now, ofTemplate } = report;
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
  const image = imageAtFault(record.image, task);
  const byParticipant = (image === 'step' && !ofTemplate) || mayBeCausedByCode(task, report);
  if (fault !== undefined) {
    const isPlatform = (ofTemplate || image === 'stage') && !byParticipant;
    return { ...ended, state: 'failed', reason: fault, ...(isPlatform ? { platform: true } : {}) };
  }
  const reason = describeFailure(end, status);
  if (isPermanent(end, status)) return { ...ended, state: 'failed', reason };
  if (task && wasStoppedByOperator(task)) return { ...ended, state: 'failed', reason, platform: true };
  // The reason why an image cannot be pulled has its name and words of its registry.
  if (image === undefined && lacksCapacity(end)) return refused(ended, reason, now);
  const failure = platformFailure(ended, reason, now);
  return byParticipant ? counted(failure) : failure;
}

/**
 * Whether a participant's code may have caused that an attempt has no valid report. The containers of a task share its
 * memory, so a step that exhausts it can also end `warden`, which then reports nothing. And the code can change the files
 * by which `warden` sees that a step began or ended, and leave files that `warden` cannot read. The input of an
 * organiser's step, which a participant supplies, can also make the step exhaust the memory.
 */
function mayBeCausedByCode(task: TaskEnd['task'], { status, participantCode }: Report): boolean {
  if (task && wasStopped(task)) return false;
  if (task && OUT_OF_MEMORY.test(reasonsOf(task))) return true;
  if (!participantCode) return false;
  if (!status) return task?.stopCode === 'EssentialContainerExited';
  const code = status.failure?.code;
  if (code === undefined || NOT_BY_CODE.includes(code)) return false;
  // Without an exit code, the step did not run, or did not end.
  return status.exitCode !== null || code === 'not-stopped';
}

/** The reason of a container that exceeded its memory (Amazon ECS, "Stopped tasks error messages"). */
const OUT_OF_MEMORY = /^OutOfMemory|\bOutOfMemoryError\b/;

/** The warden's codes for failures after the end of a step that no code of the step can cause. */
const NOT_BY_CODE = ['transfer', 'stopped'];

/** The record of a failure that counts against the limits of a contest. */
export function counted({ platform: _, ...record }: StepRecord): StepRecord {
  return record;
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
  ...[
    'tree-too-large',
    'output-too-large',
    'name-not-unicode',
    'layout',
    'deadline',
    'disk-full',
    'no-result',
  ],
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
