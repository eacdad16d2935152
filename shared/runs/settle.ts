import type { Warning } from '../documents/warning.ts';
import { timestamp } from '../ids.ts';
import { logWarning } from '../log.ts';
import { inParallel } from '../parallel.ts';
import type { Services } from '../services/services.ts';
import type { StepStatus } from '../staging/protocol.ts';
import { conditionally } from '../store/conditional.ts';
import { dueNames } from '../store/due.ts';
import { absent, alive } from '../store/expressions.ts';
import type { Write } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { prepareLargeText } from '../store/large-text.ts';
import { covers, inDeclaredOrder } from '../template/output-paths.ts';
import { objectKeys } from '../volumes/keys.ts';
import { markDirty } from '../workflows/leaderboard-state.ts';
import { type RunFile, runFilesCodec } from './documents/files.ts';
import { type RunDocument, readRunDocument } from './documents/plan.ts';
import { failedNotebook } from './executed-notebook.ts';
import { followUp } from './follow-up.ts';
import { imagesThatRan } from './images.ts';
import { leftoversDue } from './leftovers.ts';
import { type MoveOptions, moveRun } from './life-cycle.ts';
import { notifyOfEnd } from './notify-of-end.ts';
import { type Result, resultItem } from './result.ts';
import { type Run, type RunImage, type RunStepReuse, runCodec, runFileId } from './run.ts';
import { isActive } from './state.ts';
import { reuseOfSteps } from './step-reuse.ts';
import { failedByPlatform, isRefunded, runOutcome, stepWarnings } from './steps/outcome.ts';
import { hasPrivateOutput } from './steps/private-output.ts';
import { readRunAndSteps, type StepRecord } from './steps/record.ts';
import { readStatus } from './steps/status.ts';

/** Reports of steps that are read at the same time; each may have some megabytes. */
const STATUSES_AT_ONCE = 4;

/**
 * Ends a run, from any state: the only place where a run becomes SUCCESS or ERROR after it started. Called from the
 * state machine's last state, for the status event of the execution, and from the sweep. Repeatable.
 *
 * @param closed whether the execution will run no further step. If steps are missing, the run then ends as ERROR;
 *   otherwise it is left alone.
 */
export async function settleRun(services: Services, runId: string, closed: boolean): Promise<void> {
  const found = await readRunAndSteps(services, runId);
  if (!found || found.run.settled || found.run.deleting) return;
  const { run, steps } = found;
  const ended = isActive(run.state) ? await finish(services, run, steps, closed) : run;
  if (ended && !isActive(ended.state)) await close(services, ended);
}

/** Writes the final state; returns the run as it is then, or null when it is too early. */
async function finish(
  services: Services,
  run: Run,
  records: readonly StepRecord[],
  closed: boolean,
): Promise<Run | null> {
  const [document, statuses] = await Promise.all([
    readRunDocument(services, run.id),
    readStatuses(services, run.id, records),
  ]);
  const isPrivate = (index: number) => hasPrivateOutput(document, index);
  const platformFailed = failedByPlatform(records);
  const refunded = isRefunded(records);
  const outcome = runOutcome(document.plan.steps, records, statuses, isPrivate);
  const warnings = stepWarnings(records, statuses, isPrivate);
  const images = imagesThatRan(records, isPrivate);
  const reuse = reuseOfSteps(records);
  if (outcome.state === 'OPEN') {
    if (!closed) return null;
    logWarning('the execution of a run ended before its last step', { runId: run.id });
    const messages = ['the run was interrupted before its last step'];
    return conclude(services, run, 'ERROR', { messages, warnings, images, reuse, platformFailed, refunded });
  }
  if (outcome.state === 'ERROR') {
    const failed = records.find(({ state, index }) => state === 'failed' && !isPrivate(index))?.index;
    const files =
      failed === undefined ? [] : failedNotebook(run, document.plan, failed, statuses.get(failed));
    const list = files.length === 0 ? [] : [services.table.write.put(await filesItem(services, run, files))];
    const bytes = files.reduce((sum, { size }) => sum + size, 0);
    const { messages } = outcome;
    return conclude(services, run, 'ERROR', {
      writes: list,
      bytes,
      messages,
      warnings,
      images,
      reuse,
      platformFailed,
      refunded,
    });
  }
  const { last } = outcome;
  const status = statuses.get(last.index);
  if (!status) {
    return conclude(services, run, 'ERROR', {
      messages: ['the report of the last step is lost'],
      warnings,
      images,
      reuse,
      platformFailed,
      refunded,
    });
  }
  return succeed(services, run, { document, last, status, warnings, images, reuse });
}

interface Success {
  readonly document: RunDocument;
  readonly last: StepRecord;
  /** Report of the last step. */
  readonly status: StepStatus;
  /** Warnings of all steps. */
  readonly warnings: readonly Warning[];
  readonly images: readonly RunImage[];
  readonly reuse: readonly RunStepReuse[];
}

async function succeed(services: Services, run: Run, success: Success): Promise<Run> {
  const { table, now } = services;
  const { status, images, reuse } = success;
  const { outputs } = success.document.plan;
  const at = timestamp(now());
  const files: RunFile[] = inDeclaredOrder(outputs, status.outputs).map(({ path, size, sha256 }) => ({
    id: runFileId(run.fileSecret, path),
    path,
    size,
    sha256,
  }));
  const list = await filesItem(services, run, files);
  const { result, ...ofResult } = await resultOf(services, run, success, files, at);
  const writes: Write[] = [table.write.put(list), ...(result ? resultWrites(services, run, result) : [])];
  const bytes = files.reduce((sum, { size }) => sum + size, status.archive?.size ?? 0);
  const archived = status.archive !== null;
  const warnings = [...ofResult.warnings, ...missingOutputs(outputs, files), ...success.warnings];
  const values = result ? { values: JSON.stringify(result.values) } : {};
  return conclude(services, run, 'SUCCESS', {
    writes,
    at,
    archived,
    bytes,
    warnings,
    images,
    reuse,
    ...values,
  });
}

/** A run that scores another one again holds its result until that can be replaced. */
function resultWrites(services: Services, run: Run, result: Result): Write[] {
  const { write } = services.table;
  if (run.rescore !== undefined) return [write.put(resultItem(keys.heldResult(run.id), result))];
  return [
    write.put(resultItem(keys.result(run.workflowId, run.createdAt, run.id), result), absent),
    markDirty(services, run.workflowId, { results: 1, trigger: 1 }),
  ];
}

/** Prepares the list of the files that a run keeps. */
const filesItem = ({ objects }: Services, run: Run, files: readonly RunFile[]) =>
  prepareLargeText(objects, keys.document(keys.run(run.id), 'files'), runFilesCodec.write(files), (sha256) =>
    objectKeys.runFile(run.workflowId, run.id, `files-${sha256}`),
  );

/** The run's result for the leaderboard, or undefined when it is not ranked, with the reasons as warnings. */
async function resultOf(
  services: Services,
  run: Run,
  { document, last, status }: Success,
  files: readonly RunFile[],
  finishedAt: string,
): Promise<{ readonly result?: Result; readonly warnings: readonly Warning[] }> {
  const { id: runId, groupId, phase, createdAt, submittedAt, startedAt = finishedAt } = run;
  if (groupId === undefined || document.plan.resultFile === null) return { warnings: [] };
  // Loaded on use: the readers of templates and YAML take a quarter of the function's start.
  const { readResultValues } = await import('./result-values.ts');
  const { values, rankedSince, warnings } = await readResultValues(services, run, last, {
    reported: status.result,
    files,
    isHidden: document.privateFiles,
  });
  if (!values) return { warnings };
  const where = {
    ...(rankedSince === undefined ? {} : { rankedSince }),
    ...(phase === undefined ? {} : { phase }),
  };
  const submitted = submittedAt === undefined ? {} : { submittedAt };
  const times = { createdAt, ...submitted, startedAt, finishedAt };
  return { result: { runId, groupId, ...where, ...times, values }, warnings };
}

/** A missing declared output does not fail the run, but gives a warning. */
const missingOutputs = (outputs: readonly string[], files: readonly RunFile[]): Warning[] =>
  outputs
    .filter((output) => !files.some(({ path }) => covers(output, path)))
    .map((output) => ({
      code: 'output.missing',
      message: `the declared output '${output}' was not kept: the last step left no such file`,
    }));

/** Makes the transition, or returns the run as another caller's transition left it. */
async function conclude(
  services: Services,
  run: Run,
  state: 'SUCCESS' | 'ERROR',
  options: MoveOptions,
): Promise<Run> {
  const moved = await moveRun(services, run, state, options);
  if (moved) return moved;
  const now = runCodec.readMaybe(await services.table.get(keys.run(run.id)));
  return now ?? run;
}

/** Takes a run off the due index once its follow-up work is done, unless outputs may still be uploaded. */
async function close(services: Services, run: Run): Promise<void> {
  await followUp(services, run);
  await notifyOfEnd(services, run);
  const later = leftoversDue(services, run);
  const change = { set: { settled: true, ...later }, remove: later ? [] : dueNames };
  // A deletion that began meanwhile uses the due index itself.
  await conditionally(services.table.update(keys.run(run.id), change, alive));
}

async function readStatuses(services: Services, runId: string, records: readonly StepRecord[]) {
  const statuses = new Map<number, StepStatus>();
  await inParallel(records, STATUSES_AT_ONCE, async ({ index, attempt }) => {
    const status = await readStatus(services, runId, { step: index, attempt });
    if (status) statuses.set(index, status);
  });
  return statuses;
}
