import { rmdir } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

interface RemovalOptions {
  readonly attempts: number;
  readonly pauseMs: number;
  /** Called each time when a process is still in the group; no-op by default. */
  readonly onBusy?: () => Promise<void>;
}

/**
 * Removes a control group with its files. The group must contain no groups and no processes (cgroups(7)). A group that
 * does not exist, or stays busy for all attempts, is not an error.
 */
export async function removeGroup(
  folder: string,
  { attempts, pauseMs, onBusy = async () => {} }: RemovalOptions,
): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const code = await rmdir(folder).then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error.code,
    );
    if (code !== 'EBUSY') return;
    await onBusy();
    await pause(pauseMs);
  }
}
