import { unknownObject } from '../../errors.ts';
import { inParallel } from '../../parallel.ts';
import type { Services } from '../../services/services.ts';
import { readRunDocument } from '../documents/plan.ts';
import type { Run } from '../run.ts';
import { isActive } from '../state.ts';
import { hasPrivateOutput } from '../steps/private-output.ts';
import { readRunAndSteps, type StepRecord } from '../steps/record.ts';
import { bytesOf, readStepLog, type StoredLog, withoutFolder } from './step-log.ts';
import { PAGE_BYTES, readStreamEnd, readStreamPage } from './stream-page.ts';
import { STREAMS, type StreamName } from './streams.ts';

/** Steps whose output is part of the response without a choice of a step: those that began last. */
const SHOWN_STEPS = 8;
/** Bytes at the end of each of their streams. */
const END_BYTES = 4 * 1024;

/** A page of a stream, in bytes of the stream. */
export interface LogPage {
  readonly text: string;
  readonly start: number;
  readonly next: number;
  /** Bytes that the step wrote so far. */
  readonly size: number;
  /** Whether `next` is the end of a stream that does not grow any more. */
  readonly isComplete: boolean;
}

/** What participants read about a step of a run. */
export interface LoggedStep extends Partial<Record<StreamName, LogPage>> {
  readonly index: number;
  readonly name: string;
  /** `stopped` when the run ended while the step was running. */
  readonly state: 'pending' | 'stopped' | StepRecord['state'];
  readonly attempt?: number;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly exitCode?: number;
  /** Why it failed or is repeated, or why there is this attempt. */
  readonly reason?: string;
  /** True if only organisers may read its output. */
  readonly isPrivate?: boolean;
  /** The run whose outputs it took; it has no output of its own. */
  readonly takenFrom?: string;
}

export interface LogRequest {
  /** Index of the only step; all steps if absent, with the ends of their streams. */
  readonly step?: number | undefined;
  /** Both streams if absent. */
  readonly stream?: StreamName | undefined;
  /** Byte at which the page begins. */
  readonly after?: number | undefined;
}

/**
 * The steps of a run, with their output as far as participants may read it.
 *
 * @param isShown false if they may read no output at all
 * @throws FlowservError 404 for a step that the run does not have
 */
export async function readRunLogs(
  services: Services,
  run: Run,
  request: LogRequest,
  isShown: boolean,
): Promise<LoggedStep[]> {
  const planned = await readSteps(services, run, isShown);
  if (request.step !== undefined) {
    const one = planned.find(({ step }) => step.index === request.step);
    if (!one) throw unknownObject('task', String(request.step));
    return [{ ...one.step, ...(await streamsOf(services, run, one, request)) }];
  }
  const shown = planned.filter(({ record }) => record !== undefined).slice(-SHOWN_STEPS);
  const streams = new Map<PlannedLog, Partial<Record<StreamName, LogPage>>>();
  await inParallel(shown, SHOWN_STEPS, async (one) => {
    streams.set(one, await streamsOf(services, run, one, request));
  });
  return planned.map((one) => ({ ...one.step, ...streams.get(one) }));
}

/** A step of the plan; without a record if it did not begin. */
export interface PlannedLog {
  readonly step: LoggedStep;
  readonly record: StepRecord | undefined;
}

/**
 * Reads the steps of a run without their output. A run that failed before its first step may have none.
 *
 * @param isShown false if participants may read the output of no step
 */
export async function readSteps(services: Services, run: Run, isShown: boolean): Promise<PlannedLog[]> {
  const { steps: records } = (await readRunAndSteps(services, run.id)) ?? { steps: [] };
  if (records.length === 0 && !isActive(run.state)) return [];
  const document = await readRunDocument(services, run.id);
  return document.plan.steps
    .filter(({ skipped }) => !skipped)
    .map(({ index, name }) => {
      const record = records.find((one) => one.index === index);
      if (!record) return { step: { index, name, state: 'pending' }, record };
      const isPrivate = !isShown || hasPrivateOutput(document, index);
      return { step: loggedStep(run, record, { isPrivate, isShown }), record };
    });
}

function loggedStep(
  run: Run,
  record: StepRecord,
  { isPrivate, isShown }: { readonly isPrivate: boolean; readonly isShown: boolean },
): LoggedStep {
  const { index, name, attempt, startedAt, finishedAt, exitCode, reuse } = record;
  // How a step ended and what it took are a part of what is hidden: an exit code can be a score.
  const end = isShown || record.state !== 'failed' ? record.reason : undefined;
  const reason = end ?? record.because;
  const isRunning = record.state === 'running';
  // Its task runs the next step: it succeeded, by the report of its warden.
  const isReported = isRunning && finishedAt !== undefined && exitCode === 0;
  const isStopped = isRunning && !isReported && !isActive(run.state);
  // A reason of a step with private output says all that participants may know of its end.
  const showsExitCode = exitCode !== undefined && isShown && !(isPrivate && record.reason !== undefined);
  return {
    index,
    name,
    state: isReported ? 'success' : isStopped ? 'stopped' : record.state,
    attempt,
    startedAt,
    ...(finishedAt === undefined ? {} : { finishedAt }),
    ...(showsExitCode ? { exitCode } : {}),
    ...(reason === undefined ? {} : { reason }),
    ...(isPrivate ? { isPrivate } : {}),
    ...(reuse?.from === undefined || !isShown ? {} : { takenFrom: reuse.from.runId }),
  };
}

/** Whether a step may still write. */
export const mayWrite = (run: Run, { state, finishedAt }: StepRecord): boolean =>
  isActive(run.state) && state === 'running' && finishedAt === undefined;

/** Whether participants may read the output of a step: this decides for all routes. */
export const showsOutput = ({ isPrivate, takenFrom }: LoggedStep): boolean =>
  isPrivate !== true && takenFrom === undefined;

async function streamsOf(
  services: Services,
  run: Run,
  { step, record }: PlannedLog,
  request: LogRequest,
): Promise<Partial<Record<StreamName, LogPage>>> {
  if (!record || !showsOutput(step)) return {};
  const log = await readStepLog(services, run.id, record, mayWrite(run, record));
  if (!log) return {};
  const pages: Partial<Record<StreamName, LogPage>> = {};
  for (const name of STREAMS.filter((one) => request.stream === undefined || request.stream === one)) {
    pages[name] = await pageOf(services, run, record, log, name, request);
  }
  return pages;
}

async function pageOf(
  services: Services,
  run: Run,
  record: StepRecord,
  log: StoredLog,
  name: StreamName,
  { step, after = 0 }: LogRequest,
): Promise<LogPage> {
  const { isEnded, folder } = log;
  const stream = log[name];
  const read = bytesOf(services, run.id, record, stream, name);
  const { text, start, next } =
    step === undefined
      ? await readStreamEnd(stream, read, { limit: END_BYTES, isEnded })
      : await readStreamPage(stream, read, { after, limit: PAGE_BYTES, isEnded });
  const isComplete = isEnded && !stream.parts.some((part) => part.start + part.length > next);
  return { text: withoutFolder(text, folder), start, next, size: stream.size, isComplete };
}
