import { statfsSync } from 'node:fs';

/** 4 MiB: enough for LevelDB to reopen its files, and far more than the indexes need for a while. */
const RESERVE_BYTES = 4 * 1024 * 1024;
/** Bytes of a file that are written even into the reserve. */
const SMALL_BYTES = 64 * 1024;
/** Bytes of a file after which the free space of the disk is checked again. */
const STRIDE_BYTES = 1024 * 1024;

/**
 * Reserves the last free space of a disk for small files and the data of other services. So a server whose disk is full
 * of uploads can continue, restart, and delete them.
 *
 * @returns a function to call with the length of each piece of one file before it is written
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
    // Some file systems do not report their size.
    if (blocks === 0 || bavail * bsize >= RESERVE_BYTES + bytes) return;
    throw Object.assign(new Error('the last free space of the disk is reserved for small files'), {
      code: 'ENOSPC',
    });
  };
}
