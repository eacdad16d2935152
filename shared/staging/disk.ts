import { readdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** Free space below which the disk counts as full: less than a file and its log line need. */
const FULL_BYTES = 64 * 1024;

/** Whether the disk of a folder is full: it has no bytes left, or no entries. */
export async function isFull(folder: string): Promise<boolean> {
  const { bavail, bsize, blocks, ffree, files } = await statfs(folder);
  // Some file systems do not report one of the two.
  return (blocks > 0 && bavail * bsize < FULL_BYTES) || (files > 0 && ffree === 0);
}

/** Removes the content of a folder, as far as it can be removed. @returns whether the folder is empty */
export async function emptyFolder(folder: string): Promise<boolean> {
  const entries = await readdir(folder).catch((): string[] => []);
  const options = { recursive: true, force: true } as const;
  await Promise.all(entries.map((entry) => rm(join(folder, entry), options).catch(() => {})));
  const left = await readdir(folder).catch(() => undefined);
  return left?.length === 0;
}
