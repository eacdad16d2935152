import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Baseline, readBaseline } from './baseline.ts';
import { type Broker, createBroker } from './broker.ts';
import { emptyFolder, isFull } from './disk.ts';
import type { StagingEnvironment } from './environment.ts';
import { describeFailure, diskFull } from './failure.ts';
import { documentUpload, type Kept, keepOfFailed, keepTree, NOTHING_KEPT } from './kept-files.ts';
import { uploadLive } from './live-log.ts';
import { readLogs } from './logs.ts';
import type { StepFailure, StepLimits, StepName, StepStatus } from './protocol.ts';
import { fields, readJson, text } from './protocol-reader.ts';
import { type StepEnd, waitForStep } from './step-end.ts';
import { logUpload, readStepLog } from './step-log.ts';
import { type Upload, uploadAll } from './upload.ts';
import { createWarnings, type Warnings } from './warnings.ts';

type Exited = Extract<StepEnd, { kind: 'exited' }>;

/** How a step ended. */
export interface Guarded {
  /** For the log of the container. */
  readonly line: string;
  /** Whether the step succeeded, and another one follows in the same task. */
  readonly goesOn: boolean;
}

/**
 * Waits for the end of a step, uploads the files that are kept, and the status document last.
 *
 * @param stop aborted when the task is being stopped
 * @throws when the status cannot be written; any other failure is in the status
 */
export async function guardStep(env: StagingEnvironment, stop: AbortSignal): Promise<Guarded> {
  const broker = createBroker(env);
  const warnings = createWarnings();
  const begun = new Date();
  const staged = await readStaged(env, broker);
  const { step, baseline, limits } = staged;
  for (const warning of baseline?.warnings ?? []) warnings.add(warning);
  const ended = new AbortController();
  // The end of the step interrupts a pause.
  if (baseline) uploadLive(env, broker, ended.signal).catch(() => {});
  const end = baseline ? await waitOrFail(env, limits, stop) : undefined;
  ended.abort();
  const exited = end && 'kind' in end && end.kind === 'exited' ? end : undefined;
  const exitCode = exited?.exitCode ?? null;
  const { commands, log } = await uploadLogs(env, broker, limits, warnings);
  const statusOf = (reason: StepFailure | null, kept: Kept): StepStatus => ({
    v: 1,
    step,
    attempt: step.attempt,
    exitCode,
    startedAt: laterOf(exited?.startedAt, begun).toISOString(),
    finishedAt: (exited?.finishedAt ?? new Date()).toISOString(),
    commands,
    failure: reason,
    ...kept,
    warnings: warnings.list(),
  });
  const failed =
    baseline && exitCode === 0 && exited?.begun
      ? await keepTree({ env, broker, baseline, warnings, stop, log }, (kept) => statusOf(null, kept))
      : {
          failure:
            staged.failure ?? failureOf(end, limits) ?? (await diskFailure(env)) ?? shellFailure(exited),
        };
  if (failed?.failure?.code === 'disk-full') await makeRoom(env);
  if (failed) {
    const kept = baseline && !failed.failure ? await keepOfFailed(env, broker, baseline) : NOTHING_KEPT;
    const upload = documentUpload('status', statusOf(failed.failure, kept));
    await uploadAll(broker, log, { upload });
  }
  const code = failed?.failure?.code ?? 'none';
  return {
    line: `step ${step.index}: exit code ${exitCode}, failure ${code}`,
    goesOn: !failed && baseline?.isFollowed === true,
  };
}

/** The container of a later step starts, and waits, before the files of the step are laid out. */
const laterOf = (started: Date | undefined, begun: Date): Date =>
  started !== undefined && started > begun ? started : begun;

interface Staged {
  readonly step: StepName;
  readonly limits: StepLimits;
  readonly baseline: Baseline | undefined;
  readonly failure: StepFailure | undefined;
}

/** Reads what `stage` left. Without its `ready` mark, reads why it failed, with the step's name from the broker. */
async function readStaged({ ctl }: StagingEnvironment, broker: Broker): Promise<Staged> {
  try {
    await access(join(ctl, 'ready'));
    const baseline = await readBaseline(ctl);
    return { step: baseline.step, limits: baseline.limits, baseline, failure: undefined };
  } catch (error) {
    const { step, limits } = await broker.inputs(0);
    return { step, limits, baseline: undefined, failure: await readStagingFailure(ctl, error) };
  }
}

/** @param cause why the baseline cannot be read, used when `stage` left no failure */
async function readStagingFailure(ctl: string, cause: unknown): Promise<StepFailure> {
  try {
    const body = await readFile(join(ctl, 'failure.json'), 'utf8');
    const { code, message } = fields(readJson(body, 'failure'), 'failure');
    return { code: text(code, 'code'), message: text(message, 'message') };
  } catch {
    const { message } = describeFailure(cause);
    return { code: 'not-staged', message: `the files of the step were not laid out: ${message}` };
  }
}

async function waitOrFail(
  { metadata, container, log }: StagingEnvironment,
  { deadlineSeconds }: StepLimits,
  stop: AbortSignal,
): Promise<StepEnd | StepFailure> {
  try {
    return await waitForStep({ metadata, container, log, deadlineSeconds, stop });
  } catch (error) {
    return describeFailure(error);
  }
}

/** Converts the end of a step into a failure; null when its exit code is enough. */
function failureOf(end: StepEnd | StepFailure | undefined, limits: StepLimits): StepFailure | null {
  if (!end || 'code' in end) return end ?? null;
  if (end.kind === 'exited') {
    if (end.exitCode !== null) return null;
    return { code: 'no-exit-code', message: 'the container of the step stopped without an exit code' };
  }
  const messages = {
    stopped: 'the step was stopped',
    deadline: `the step ran for longer than ${limits.deadlineSeconds} seconds`,
    'not-started': 'the container of the step did not start',
    'not-stopped': 'the platform did not report the end of the step',
  };
  return { code: end.kind, message: messages[end.kind] };
}

/** Exit codes of a container whose first process a signal ended: 128 plus the number of the signal. */
const isSignal = (exitCode: number): boolean => exitCode > 128 && exitCode <= 192;

/** The failure of a step that did not begin: its shell is missing or not built for this processor. */
const shellFailure = (exited: Exited | undefined): StepFailure | null =>
  exited && !exited.begun && !isSignal(exited.exitCode ?? 0)
    ? { code: 'no-shell', message: 'the image of the step has no shell that runs here' }
    : null;

/** The failure of a step that filled the disk: its own message may not mention it. */
async function diskFailure({ work }: StagingEnvironment): Promise<StepFailure | null> {
  const full = await isFull(work).catch(() => false);
  return full ? describeFailure(diskFull()) : null;
}

/** Removes all files of a failed step: on a local server, they may keep its status from being stored. */
async function makeRoom({ work, log }: StagingEnvironment): Promise<void> {
  await Promise.all([emptyFolder(work), emptyFolder(log)]);
}

/** The output of a step as text, and its log, of which long streams are stored already. */
interface Output {
  readonly commands: StepStatus['commands'];
  readonly log: readonly Upload[];
}

/** Reads the output of a step. What cannot be read or stored is a warning, not a failure. */
async function uploadLogs(
  env: StagingEnvironment,
  broker: Broker,
  { logBytes }: StepLimits,
  warnings: Warnings,
): Promise<Output> {
  let commands: StepStatus['commands'] = [];
  try {
    commands = await readLogs(env.log, env.work);
    const { log, streams } = await readStepLog(env, logBytes);
    await uploadAll(broker, streams);
    return { commands, log: [logUpload('end', log)] };
  } catch (error) {
    warnings.add(`the log was not stored: ${describeFailure(error).message}`, 'log.not-stored');
    return { commands, log: [] };
  }
}
