import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { promisify } from 'node:util';

/** A process that was just killed may still write while its folder is removed. */
const REMOVE = { recursive: true, force: true, maxRetries: 5, retryDelay: 50 } as const;
const run = promisify(execFile);

/**
 * Removes a folder even if a hostile program changed it: folders that their own user cannot open, and paths longer than
 * the system's limit. chmod(1) and rm(1) walk these step by step and follow no links.
 */
export async function removeTree(folder: string): Promise<void> {
  try {
    await rm(folder, REMOVE);
  } catch {
    await run('chmod', ['-R', 'u+rwX', '--', folder]).catch(() => {});
    await run('rm', ['-rf', '--', folder]);
  }
}
