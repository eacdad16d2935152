import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ARCHIVE_BYTES, createArchive } from './archive.ts';
import { type Baseline, readBaseline } from './baseline.ts';
import { memoryBody, piecesBody, scannedBody } from './body.ts';
import { type Broker, createBroker } from './broker.ts';
import { type CurrentFile, compareTree } from './compare.ts';
import { emptyFolder, isFull } from './disk.ts';
import type { StagingEnvironment } from './environment.ts';
import { describeFailure, diskFull, failure } from './failure.ts';
import { readLogs } from './logs.ts';
import { openInside } from './paths.ts';
import type { KeptObject, StepFailure, StepLimits, StepManifest, StepName, StepStatus } from './protocol.ts';
import { fields, readJson, text } from './protocol-reader.ts';
import { type StepEnd, waitForStep } from './step-end.ts';
import { type Upload, uploadAll } from './upload.ts';
import { createWarnings, type Warnings } from './warnings.ts';

/** Time for uploads of the 120 s between SIGTERM and SIGKILL (Fargate's longest stopTimeout). */
const STOP_GRACE_MS = 90_000;

/** Size of a result as JSON; our program checks it first, and explains it (`python-steps/code-runner.ts`). */
const VARIABLE_BYTES = 120_000;

/** Size of a notebook that is kept of a failed step. */
const MAX_FAILED_BYTES = 64 * 1024 * 1024;

type Exited = Extract<StepEnd, { kind: 'exited' }>;

/** The part of the status that describes the tree. */
type Kept = Pick<StepStatus, 'outputs' | 'result' | 'archive'>;
const NOTHING_KEPT: Kept = { outputs: [], result: null, archive: null };

/**
 * Waits for the end of the step, uploads the files that are kept, and the status document last.
 *
 * @param stop aborted when the task is being stopped
 * @returns one line for the log of the container
 * @throws when the status cannot be written; any other failure is in the status
 */
export async function warden(env: StagingEnvironment, stop: AbortSignal): Promise<string> {
  const broker = createBroker(env);
  const warnings = createWarnings();
  const begun = new Date();
  const staged = await readStaged(env, broker);
  const { step, baseline, limits } = staged;
  for (const warning of baseline?.warnings ?? []) warnings.add(warning);
  const end = baseline ? await waitOrFail(env, limits, stop) : undefined;
  const exited = end && 'kind' in end && end.kind === 'exited' ? end : undefined;
  const exitCode = exited?.exitCode ?? null;
  const commands = await uploadLogs(env, broker, limits, warnings);
  const statusOf = (reason: StepFailure | null, kept: Kept): StepStatus => ({
    v: 1,
    step,
    attempt: step.attempt,
    exitCode,
    startedAt: (exited?.startedAt ?? begun).toISOString(),
    finishedAt: (exited?.finishedAt ?? new Date()).toISOString(),
    commands,
    failure: reason,
    ...kept,
    warnings: warnings.list(),
  });
  const failed =
    baseline && exitCode === 0 && exited?.begun
      ? await keepTree({ env, broker, baseline, warnings, stop }, (kept) => statusOf(null, kept))
      : {
          failure:
            staged.failure ?? failureOf(end, limits) ?? (await diskFailure(env)) ?? shellFailure(exited),
        };
  if (failed?.failure?.code === 'disk-full') await makeRoom(env);
  if (failed) {
    const kept = baseline && !failed.failure ? await keepOfFailed(env, broker, baseline) : NOTHING_KEPT;
    await uploadAll(broker, [documentUpload('status', statusOf(failed.failure, kept))]);
  }
  const code = failed?.failure?.code ?? 'none';
  return `step ${step.index}: exit code ${exitCode}, failure ${code}`;
}

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
  { metadata, log }: StagingEnvironment,
  { deadlineSeconds }: StepLimits,
  stop: AbortSignal,
): Promise<StepEnd | StepFailure> {
  try {
    return await waitForStep({ metadata, log, deadlineSeconds, stop });
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

/** Uploads the file that is kept of a step whose program failed, if the step left it. */
async function keepOfFailed({ work }: StagingEnvironment, broker: Broker, { keep }: Baseline): Promise<Kept> {
  const path = keep.onFailure;
  if (path === undefined) return NOTHING_KEPT;
  try {
    const file = await openInside(work, path);
    const { size } = await file.stat();
    await file.close();
    if (size > MAX_FAILED_BYTES) return NOTHING_KEPT;
    const body = await piecesBody(() => openInside(work, path), [{ start: 0, end: size }]);
    await uploadAll(broker, [{ kind: 'output', path, body }]);
    return { ...NOTHING_KEPT, outputs: [{ path, size, sha256: body.sha256 }] };
  } catch {
    return NOTHING_KEPT;
  }
}

interface Keeping {
  readonly env: StagingEnvironment;
  readonly broker: Broker;
  readonly baseline: Baseline;
  readonly warnings: Warnings;
  readonly stop: AbortSignal;
}

/**
 * Uploads the tree's changes, the outputs, the archive and the manifest, and then the status that lists them.
 *
 * @returns the failure, if any; then nothing counts as kept and no status is written
 */
async function keepTree(
  { env, broker, baseline, warnings, stop }: Keeping,
  statusOf: (kept: Kept) => StepStatus,
): Promise<{ readonly failure: StepFailure } | undefined> {
  const given = graceOver(stop);
  const ended = new AbortController();
  const keep = async () => {
    const { uploads, kept } = await collectTree(env, baseline, warnings);
    const upload = documentUpload('status', statusOf(kept));
    await uploadAll(broker, uploads, { upload, stop: ended.signal });
  };
  try {
    await Promise.race([keep(), given.over]);
    return undefined;
  } catch (error) {
    // Uploads may continue for a while; a status written by them would replace the one with this failure.
    ended.abort();
    return { failure: describeFailure(error) };
  } finally {
    given.cancel();
  }
}

/** Collects the uploads of the tree and the part of the status that describes them. */
async function collectTree(
  { work, log }: StagingEnvironment,
  { keep, ...baseline }: Baseline,
  warnings: Warnings,
): Promise<{ readonly uploads: readonly Upload[]; readonly kept: Kept }> {
  const tree = await compareTree(work, { keep, ...baseline }, (warning) => warnings.add(warning));
  const fileUpload = (kind: 'tree' | 'output' | 'result') => (file: CurrentFile) => ({
    kind,
    path: file.path,
    body: scannedBody(work, file),
  });
  // A failed archive does not fail the step, as it can also be created later from the outputs.
  const pack = () =>
    createArchive(work, log, tree.outputs).catch((error: unknown) => {
      const reason = describeFailure(error).message;
      warnings.add(
        `the archive is made on request, as packing it here failed: ${reason}`,
        'archive.not-made',
      );
      return undefined;
    });
  const size = tree.outputs.reduce((sum, output) => sum + output.size, 0);
  const archive = keep.archive && size <= ARCHIVE_BYTES ? await pack() : undefined;
  const manifest: StepManifest = { v: 1, entries: tree.entries };
  return {
    uploads: [
      ...(keep.tree ? [...tree.changed.map(fileUpload('tree')), documentUpload('manifest', manifest)] : []),
      ...tree.outputs.map(fileUpload('output')),
      ...(tree.result ? [fileUpload('result')(tree.result)] : []),
      ...(keep.variable ? [await variableUpload(log)] : []),
      ...(archive ? [{ kind: 'archive' as const, path: 'run.tar.gz', body: archive }] : []),
    ],
    kept: {
      outputs: tree.outputs.map(({ path, ...file }) => ({ path, ...objectOf(file) })),
      result: tree.result ? objectOf(tree.result) : null,
      archive: archive ? objectOf(archive) : null,
    },
  };
}

const objectOf = ({ size, sha256 }: KeptObject): KeptObject => ({ size, sha256 });

const documentUpload = (kind: 'manifest' | 'status', document: StepManifest | StepStatus): Upload => ({
  kind,
  path: `${kind}.json`,
  body: memoryBody(Buffer.from(JSON.stringify(document))),
});

/**
 * The result that our program left. The function ran in the same container, so only a small regular file counts.
 *
 * @throws the failure `no-result`
 */
async function variableUpload(log: string): Promise<Upload> {
  const missing = () => failure('no-result', 'the step left no result');
  const file = await openInside(log, 'variable.json').catch(() => {
    throw missing();
  });
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(VARIABLE_BYTES + 1), 0, VARIABLE_BYTES + 1, 0);
    if (bytesRead > VARIABLE_BYTES) throw missing();
    return { kind: 'variable', path: 'variable.json', body: memoryBody(buffer.subarray(0, bytesRead)) };
  } finally {
    await file.close();
  }
}

/** The logs as text; long ones are also uploaded. A log that cannot be read is a warning, not a failure. */
async function uploadLogs(
  { log, work }: StagingEnvironment,
  broker: Broker,
  { logBytes }: StepLimits,
  warnings: Warnings,
): Promise<StepStatus['commands']> {
  try {
    const { commands, bodies } = await readLogs(log, logBytes, work);
    const uploads = bodies.map(({ name, body }): Upload => ({ kind: 'log', path: name, body }));
    await uploadAll(broker, uploads).catch((error: unknown) => {
      warnings.add(`the logs were not stored: ${describeFailure(error).message}`, 'log.not-stored');
    });
    return commands;
  } catch (error) {
    warnings.add(`the logs cannot be read: ${describeFailure(error).message}`, 'log.not-stored');
    return [];
  }
}

/** A promise that fails when a stopped task has no more time for uploads. */
function graceOver(stop: AbortSignal) {
  let cancel = () => {};
  const over = new Promise<never>((_, reject) => {
    const start = () => {
      const timer = setTimeout(() => reject(failure('stopped', 'the step was stopped')), STOP_GRACE_MS);
      cancel = () => clearTimeout(timer);
    };
    if (stop.aborted) start();
    else stop.addEventListener('abort', start, { once: true });
  });
  return { over, cancel: () => cancel() };
}
