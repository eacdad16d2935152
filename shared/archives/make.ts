import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { type TarMember, writeTar } from '../engine/staging/tar.ts';
import { type Run, type RunFile, readAnyRun, readRunFiles } from '../runs/run.ts';
import type { Services } from '../services.ts';
import { objectKeys } from '../volumes/keys.ts';
import { type ArchiveOrder, archiveObject } from './order.ts';

/**
 * Packs the result files of a run into a gzip tar, from S3 to S3: no more of it is in memory than a few parts. Doing
 * it again does no harm. A run that is deleted meanwhile leaves nothing.
 *
 * Compression is the fastest, for a function has fifteen minutes: of tables of numbers it takes three times as much in
 * a second as zlib's default does, and makes one seventh more of them.
 */
export async function makeArchive(services: Services, { runId, object }: ArchiveOrder): Promise<void> {
  const { objects } = services;
  const run = await existingRun(services, runId);
  if (run && archiveObject(run) !== object) throw new Error(`run ${runId} has no archive '${object}'`);
  if (run && (await objects.size('data', object)) === undefined) {
    const files = await readRunFiles(services, runId);
    await pipeline(
      writeTar(files.map((file) => memberOf(services, run, file))),
      createGzip({ level: constants.Z_BEST_SPEED }),
      (packed) => objects.parts.write('data', object, packed),
    );
  }
  // Before it began, while it was at work, or between an earlier call's last two lines.
  if (!(await existingRun(services, runId))) await objects.remove('data', object);
}

async function existingRun(services: Services, runId: string): Promise<Run | undefined> {
  const run = await readAnyRun(services, runId);
  return run?.deleting ? undefined : run;
}

function memberOf({ objects }: Services, run: Run, { id, path, size }: RunFile): TarMember {
  return {
    path,
    size,
    // The mode of a file is known to its step only.
    executable: false,
    async *open() {
      const stored = await objects.open('data', objectKeys.runFile(run.workflowId, run.id, id));
      if (stored?.size !== size) throw new Error(`file ${id} of run ${run.id} is not as it was stored`);
      yield* stored.body;
    },
  };
}
