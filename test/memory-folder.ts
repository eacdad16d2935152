import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder for files in memory on Linux. */
const MEMORY = '/dev/shm';
/** Bytes of memory that must be free. */
const WANTED = 4 * 1024 ** 3;

/**
 * Moves the temporary folders of tests, of this process and its children, to memory if there is room. Tests create and
 * remove many small files, and wait for a disk. A `TMPDIR` of the environment has precedence. The folder is removed
 * when this process ends.
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
    // The host has no such folder.
  }
}

/** Tests start programs that they write; in containers, `/dev/shm` often permits none. */
function canExecute(folder: string): boolean {
  const program = join(folder, 'program');
  writeFileSync(program, '#!/bin/sh\n', { mode: 0o700 });
  const { status } = spawnSync(program);
  rmSync(program);
  return status === 0;
}
