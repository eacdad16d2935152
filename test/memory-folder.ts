import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What Linux has for files in memory. */
const MEMORY = '/dev/shm';
/** Bytes: the tests use less than 1 GiB at a time. */
const WANTED = 4 * 1024 ** 3;

/**
 * Has the temporary folders of tests, of this process and those that it starts, made in memory, where there is room:
 * making and removing many small files keeps a disk's file system busy, and tests wait for it. Whoever sets `TMPDIR`
 * gets that instead. The folder is removed with the end of this process.
 */
export function keepTemporaryFilesInMemory(): void {
  if (process.env.TMPDIR || process.platform !== 'linux') return;
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    if (Math.min(bavail * bsize, process.availableMemory() / 2) < WANTED) return;
    const folder = mkdtempSync(join(MEMORY, 'flowserv-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
    // As `/tmp`: some tests run programs as another user.
    chmodSync(folder, 0o1777);
    if (canExecute(folder)) process.env.TMPDIR = folder;
  } catch {
    // As on a machine that has no such place.
  }
}

/** Tests start programs that they have written; containers often have a `/dev/shm` that allows none. */
function canExecute(folder: string): boolean {
  const program = join(folder, 'program');
  writeFileSync(program, '#!/bin/sh\n', { mode: 0o700 });
  const { status } = spawnSync(program);
  rmSync(program);
  return status === 0;
}
