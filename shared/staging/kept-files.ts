import { MAX_VALUE_BYTES } from '../engine/value-limit.ts';
import { ARCHIVE_BYTES, createArchive } from './archive.ts';
import type { Baseline } from './baseline.ts';
import { memoryBody, piecesBody, scannedBody } from './body.ts';
import type { Broker } from './broker.ts';
import { type CurrentFile, compareTree } from './compare.ts';
import type { StagingEnvironment } from './environment.ts';
import { describeFailure, failure } from './failure.ts';
import { openInside } from './paths.ts';
import type { KeptObject, StepFailure, StepManifest, StepStatus } from './protocol.ts';
import { type Upload, uploadAll } from './upload.ts';
import type { Warnings } from './warnings.ts';

/** Time for uploads of the 120 s between SIGTERM and SIGKILL (Fargate's longest stopTimeout). */
const STOP_GRACE_MS = 90_000;

/** Size of a notebook that is kept of a failed step. */
const MAX_FAILED_BYTES = 64 * 1024 * 1024;

/** The part of the status that describes the tree. */
export type Kept = Pick<StepStatus, 'outputs' | 'result' | 'archive'>;
export const NOTHING_KEPT: Kept = { outputs: [], result: null, archive: null };

interface Keeping {
  readonly env: StagingEnvironment;
  readonly broker: Broker;
  readonly baseline: Baseline;
  readonly warnings: Warnings;
  readonly stop: AbortSignal;
  /** The log of the step, which is uploaded with the files. */
  readonly log: readonly Upload[];
}

/**
 * Uploads the tree's changes, the outputs, the archive and the manifest, and then the status that lists them.
 *
 * @returns the failure, if any; then nothing counts as kept and no status is written
 */
export async function keepTree(
  { env, broker, baseline, warnings, stop, log }: Keeping,
  statusOf: (kept: Kept) => StepStatus,
): Promise<{ readonly failure: StepFailure } | undefined> {
  const given = graceOver(stop);
  const ended = new AbortController();
  const keep = async () => {
    const { uploads, kept } = await collectTree(env, baseline, warnings);
    const upload = documentUpload('status', statusOf(kept));
    await uploadAll(broker, [...log, ...uploads], { upload, stop: ended.signal });
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

export const documentUpload = (kind: 'manifest' | 'status', document: StepManifest | StepStatus): Upload => ({
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
    const { bytesRead, buffer } = await file.read(
      Buffer.alloc(MAX_VALUE_BYTES + 1),
      0,
      MAX_VALUE_BYTES + 1,
      0,
    );
    if (bytesRead > MAX_VALUE_BYTES) throw missing();
    return { kind: 'variable', path: 'variable.json', body: memoryBody(buffer.subarray(0, bytesRead)) };
  } finally {
    await file.close();
  }
}

/** Uploads the file that is kept of a step whose program failed, if the step left it. */
export async function keepOfFailed(
  { work }: StagingEnvironment,
  broker: Broker,
  { keep }: Baseline,
): Promise<Kept> {
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
