import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Warning } from '../documents/warning.ts';
import type { RunPlan } from '../engine/run-plan.ts';
import { type Run, runFileId } from '../runs/run.ts';
import type { Services } from '../services/services.ts';
import { isSafePath } from '../staging/paths.ts';
import type { KeptObject, StepStatus } from '../staging/protocol.ts';
import { FILE_DROPPED } from '../staging/warnings.ts';
import { covers, keptPaths } from '../template/output-paths.ts';
import { MAX_RESULT_LENGTH } from '../template/result-limit.ts';
import { objectKeys } from '../volumes/keys.ts';
import type { RemoteEngine, RemoteFile } from './contract.ts';
import { EngineError } from './engine-error.ts';

/** Files that a run keeps, as of a step of the stage itself. */
const MAX_FILES = 10_000;
/** 4 GiB of outputs take 10 of the 15 minutes of the function at 8 MB/s. */
const MAX_BYTES = 4 * 1024 ** 3;
/** Time for the list and all downloads, after which the function has three of its 15 minutes left. */
const DOWNLOAD_MS = 720_000;
/** Files whose names are reported because they are not kept. */
const MAX_WARNINGS = 100;
/** Files up to this size are read into memory. */
const MEMORY_BYTES = 8 * 1024 * 1024;

/** What a run keeps of a finished remote workflow, as the warden of a last step reports it. */
type Kept = Pick<StepStatus, 'outputs' | 'result' | 'warnings'>;

/** The outputs exceed a limit, so that a repetition would fail again. */
export class OutputsTooLarge extends Error {
  override readonly name = 'OutputsTooLarge';
}

interface Source {
  readonly engine: RemoteEngine;
  /** Id of the remote workflow. */
  readonly id: string;
}

/**
 * Downloads the declared outputs of a finished workflow, and its result document. The engine is not trusted: only files
 * with safe paths below a declared output are kept, and limits apply to what arrives, whatever the engine lists.
 *
 * @param lastStep index of the last executed step, which the result document belongs to
 * @throws OutputsTooLarge, or EngineError, also if the engine is too slow
 */
export async function keepOutputs(
  services: Services,
  run: Run,
  plan: RunPlan,
  lastStep: number,
  source: Source,
): Promise<Kept> {
  const budget = { left: MAX_BYTES, until: services.now().getTime() + DOWNLOAD_MS, now: services.now };
  const { listed, dropped } = await listOutputs(plan, source);
  const outputs: Kept['outputs'][number][] = [];
  for (const file of listed) {
    if (!plan.outputs.some((output) => covers(output, file.path))) continue;
    const key = objectKeys.runFile(run.workflowId, run.id, runFileId(run.fileSecret, file.path));
    outputs.push({ path: file.path, ...(await store(services, key, file, budget, source)) });
  }
  const warnings = dropped.slice(0, MAX_WARNINGS).map(dropWarning);
  const resultBudget = { ...budget, left: MAX_RESULT_LENGTH };
  const result = await keepResult(services, run, plan, lastStep, source, listed, resultBudget);
  return { outputs, result, warnings };
}

/** Lists the files to keep, each once. */
async function listOutputs({ outputs, resultFile }: RunPlan, { engine, id }: Source) {
  const listed = new Map<string, RemoteFile>();
  const dropped = new Set<string>();
  for (const output of keptPaths(outputs, resultFile)) {
    for (const file of await engine.list(id, output)) {
      if (!covers(output, file.path)) continue;
      if (isKeepable(file.path) && engine.canDownload(file.path)) listed.set(file.path, file);
      else dropped.add(file.path);
    }
    if (listed.size > MAX_FILES) throw new OutputsTooLarge(`the outputs are more than ${MAX_FILES} files`);
  }
  return { listed: [...listed.values()], dropped: [...dropped] };
}

const isKeepable = (path: string): boolean => isSafePath(path) && path.isWellFormed();

const dropWarning = (path: string): Warning => ({
  code: FILE_DROPPED,
  message: `the file '${path.slice(0, 200).toWellFormed()}' was not kept: its name cannot be requested from the engine`,
});

interface Budget {
  /** Bytes that may still arrive. */
  left: number;
  /** When the downloads have to end, in milliseconds. */
  readonly until: number;
  readonly now: () => Date;
}

/** @throws EngineError if the downloads take too long; the call of the next minute begins again */
function checkTime({ until, now }: Budget): void {
  if (now().getTime() > until)
    throw new EngineError(`the outputs take longer than ${DOWNLOAD_MS / 60_000} minutes`);
}

async function store(
  { objects }: Services,
  key: string,
  { path, size }: RemoteFile,
  budget: Budget,
  { engine, id }: Source,
): Promise<KeptObject> {
  checkTime(budget);
  const content = bounded(await engine.download(id, path), budget);
  if (size === undefined || size > MEMORY_BYTES) {
    await objects.writeParts('data', key, content.chunks);
    return content.digest();
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of content.chunks) {
    bytes += chunk.length;
    if (bytes > MEMORY_BYTES) throw new EngineError(`'${path}' is longer than listed`);
    chunks.push(chunk);
  }
  await objects.write('data', key, Buffer.concat(chunks));
  return content.digest();
}

/** Reads a stream within a budget, and computes its digest. */
function bounded(stream: Readable, budget: Budget) {
  const hash = createHash('sha256');
  let size = 0;
  async function* chunks(): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of stream) {
        const bytes = Buffer.from(chunk);
        checkTime(budget);
        size += bytes.length;
        budget.left -= bytes.length;
        if (budget.left < 0) throw new OutputsTooLarge(`the outputs are larger than ${MAX_BYTES} bytes`);
        hash.update(bytes);
        yield bytes;
      }
    } catch (error) {
      if (error instanceof OutputsTooLarge || error instanceof EngineError) throw error;
      throw new EngineError('a download was interrupted', { cause: error });
    } finally {
      stream.destroy();
    }
  }
  return { chunks: chunks(), digest: (): KeptObject => ({ size, sha256: hash.digest('hex') }) };
}

/** Stores the result document where the ranking reads it. One that is too long is only reported, as by the warden. */
async function keepResult(
  { objects }: Services,
  { id: runId, groupId }: Run,
  { resultFile }: RunPlan,
  lastStep: number,
  { engine, id }: Source,
  listed: readonly RemoteFile[],
  budget: Budget,
): Promise<KeptObject | null> {
  const file = listed.find(({ path }) => path === resultFile);
  if (!file || groupId === undefined) return null;
  if (file.size !== undefined && file.size > MAX_RESULT_LENGTH) return tooLong(file.size);
  const content = bounded(await engine.download(id, file.path), budget);
  const chunks = await Array.fromAsync(content.chunks).catch((error: unknown) => {
    if (error instanceof OutputsTooLarge) return undefined;
    throw error;
  });
  if (!chunks) return tooLong(MAX_RESULT_LENGTH + 1);
  const key = objectKeys.stepFile(runId, lastStep, 1, 'result');
  await objects.write('work', key, Buffer.concat(chunks));
  return content.digest();
}

/** A result document that is not stored, because it is longer than the limit. */
const tooLong = (size: number): KeptObject => ({ size, sha256: '0'.repeat(64) });
