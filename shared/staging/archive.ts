import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Body, openScanned, ownFileBody, readPieces } from './body.ts';
import type { CurrentFile } from './compare.ts';
import { type TarMember, writeTar } from './tar.ts';

/** Outputs of up to 1 GiB are packed here; larger archives are created on request (`shared/archives`). */
export const ARCHIVE_BYTES = 1024 ** 3;

/**
 * Packs the outputs into a gzip tar, in their order. The archive is a file in a new folder of the log volume, the
 * only one that `warden` may write to; it is never held in memory.
 */
export async function createArchive(
  work: string,
  log: string,
  outputs: readonly CurrentFile[],
): Promise<Body> {
  const file = join(await mkdtemp(join(log, 'archive-')), 'run.tar.gz');
  const hash = createHash('sha256');
  let size = 0;
  const members = outputs.map(
    (output): TarMember => ({
      path: output.path,
      size: output.size,
      executable: (output.diskMode & 0o100) !== 0,
      open: () => readPieces(() => openScanned(work, output), [{ start: 0, end: output.size }]),
    }),
  );
  await pipeline(
    writeTar(members),
    createGzip(),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        size += chunk.length;
        yield chunk;
      }
    },
    createWriteStream(file, { flags: 'wx', mode: 0o600 }),
  );
  return ownFileBody(file, size, hash.digest('hex'));
}
