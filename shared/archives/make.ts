import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { FlowservError } from '../errors.ts';
import { type RunFile, readRunFiles } from '../runs/documents/files.ts';
import { type Run, readAnyRun } from '../runs/run.ts';
import type { ArchiveOrder } from '../services/messages.ts';
import type { Services } from '../services/services.ts';
import { type TarMember, writeTar } from '../staging/tar.ts';
import { objectKeys } from '../volumes/keys.ts';
import { archiveObject } from './order.ts';

/**
 * Packs the outputs of a run, or creates a crate or a starter kit, from S3 to S3, holding only a few parts in memory. Repeatable.
 * Leaves nothing of a run or a workflow that is deleted before or meanwhile.
 *
 * @throws Error when a file differs from what was stored
 */
export async function makeArchive(services: Services, order: ArchiveOrder): Promise<void> {
  if ('runId' in order) return packRun(services, order);
  if ('submissions' in order) {
    const { packSubmissions } = await import('./submissions/pack.ts');
    return packSubmissions(services, order.workflowId, order.submissions);
  }
  const { packStarterKit, packWorkflowCrate } = await import('./make-zip.ts');
  await ('starterKit' in order ? packStarterKit : packWorkflowCrate)(services, order.workflowId);
}

async function packRun(
  services: Services,
  { workflowId, runId, crate }: Extract<ArchiveOrder, { runId: string }>,
): Promise<void> {
  const run = await existingRun(services, runId);
  try {
    if (run && crate) await packCrate(services, run);
    else if (run) await pack(services, run);
  } catch (error) {
    // The files of a run that is being deleted disappear one by one; its group or workflow may disappear first.
    const isGone = error instanceof FlowservError && error.status === 404;
    if (!isGone && (await existingRun(services, runId))) throw error;
  }
  // The run was deleted before the order arrived, while it was processed, or between an earlier call's last two
  // lines.
  if (!(await existingRun(services, runId))) {
    await services.objects.removeAll('data', objectKeys.run(workflowId, runId));
  }
}

async function existingRun(services: Services, runId: string): Promise<Run | undefined> {
  const run = await readAnyRun(services, runId);
  return run?.deleting ? undefined : run;
}

/** Loaded on use: the readers of templates would double the function's start. */
async function packCrate(services: Services, run: Run): Promise<void> {
  const { packRunCrate } = await import('./make-zip.ts');
  await packRunCrate(services, run);
}

/**
 * Uses the fastest compression, because a function has fifteen minutes: for tables of numbers it is three times as
 * fast as zlib's default, and its output is one seventh larger.
 */
async function pack(services: Services, run: Run): Promise<void> {
  const { objects } = services;
  const object = archiveObject(run);
  if ((await objects.size('data', object)) !== undefined) return;
  const files = await readRunFiles(services, run.id);
  await pipeline(
    writeTar(files.map((file) => memberOf(services, run, file))),
    createGzip({ level: constants.Z_BEST_SPEED }),
    (packed) => objects.writeParts('data', object, packed),
  );
}

function memberOf({ objects }: Services, run: Run, { id, path, size }: RunFile): TarMember {
  return {
    path,
    size,
    // Only the step knew the mode of the file.
    executable: false,
    async *open() {
      const stored = await objects.open('data', objectKeys.runFile(run.workflowId, run.id, id));
      if (stored?.size !== size) {
        stored?.body.destroy();
        throw new Error(`file ${id} of run ${run.id} is not as it was stored`);
      }
      yield* stored.body;
    },
  };
}
