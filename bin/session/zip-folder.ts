import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { sourceRoot } from '../../shared/sources/folder.ts';
import { listSourceFiles } from '../../shared/sources/source-files.ts';

/** The same for all files, so that equal folders make equal zips. */
const TIME = new Date(2000, 0, 1);

/**
 * Calls `use` with the path of a zip: the given one, or one of a folder, which exists until `use` ends.
 *
 * @throws FlowservError 400 for a folder that cannot be a source
 */
export async function withZip<T>(source: string, use: (path: string) => Promise<T>): Promise<T> {
  const info = await stat(source).catch(() => undefined);
  if (info?.isFile()) return use(source);
  const root = await sourceRoot(source);
  const folder = await mkdtemp(join(tmpdir(), 'flowserv-zip-'));
  try {
    const path = join(folder, 'source.zip');
    await zipFolder(root, path);
    return await use(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function zipFolder(root: string, path: string): Promise<void> {
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  // A file that cannot be read.
  zip.on('error', (error) => output.destroy(error));
  for (const file of (await listSourceFiles(root, '')) ?? []) {
    const mode = (file.mode & 0o100) === 0 ? 0o100644 : 0o100755;
    zip.addFile(file.absolutePath, file.path, { mtime: TIME, forceDosTimestamp: true, mode });
  }
  zip.end();
  await pipeline(output, createWriteStream(path));
}
