import { statfsSync } from 'node:fs';

/** 4 MiB: as much as LevelDB takes for opening what it has logged, and far more than the indexes need for a while. */
const RESERVE_BYTES = 4 * 1024 * 1024;
/** Bytes of a file that are written whatever is left. */
const SMALL_BYTES = 64 * 1024;
/** How often the disk is asked: once for so many bytes. */
const STRIDE_BYTES = 1024 * 1024;

/**
 * Keeps the last room of a disk from large files, so that small ones, and what other services store, still find some:
 * a server whose disk is full of uploads can go on, be started again, and delete them.
 *
 * @returns what is to be called with the length of each piece of one file before it is written
 * @throws Error ENOSPC from that function
 */
export function reserveSpace(folder: string): (bytes: number) => void {
  let size = 0;
  let asked = 0;
  return (bytes) => {
    size += bytes;
    if (size <= SMALL_BYTES || (asked > 0 && size - asked < STRIDE_BYTES)) return;
    asked = size;
    const { bavail, bsize, blocks } = statfsSync(folder);
    // Some file systems do not tell.
    if (blocks === 0 || bavail * bsize >= RESERVE_BYTES + bytes) return;
    throw Object.assign(new Error('the last room on the disk is kept for small files'), { code: 'ENOSPC' });
  };
}
