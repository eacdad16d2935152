import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { promisify } from 'node:util';

/** A process that was just killed may still write while its folder is removed. */
const REMOVE = { recursive: true, force: true, maxRetries: 5, retryDelay: 50 } as const;
const run = promisify(execFile);

/**
 * Removes a folder whatever a hostile program has made of it: folders closed to their own user, and paths longer than
 * the system takes, which chmod(1) and rm(1) walk step by step and through no link.
 */
export async function removeTree(folder: string): Promise<void> {
  try {
    await rm(folder, REMOVE);
  } catch {
    await run('chmod', ['-R', 'u+rwX', '--', folder]).catch(() => {});
    await run('rm', ['-rf', '--', folder]);
  }
}
