import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Folders with what containers wrote. Other files of a task describe how the runner removes what this user cannot. */
const WRITTEN = ['volumes', 'containers'];

/**
 * Removes the files of tasks that a killed server left, before anything needs space, because these files may fill the
 * disk. The runner later ends processes that still write there, and removes the rest.
 *
 * @param folder the folder of all tasks
 */
export function removeOldFiles(folder: string): void {
  for (const name of namesIn(folder)) {
    // Other entries belong to a runner, such as the file by which it recognises the containers of a killed server.
    if (!/^[0-9a-f]{32}$/.test(name)) continue;
    for (const written of WRITTEN) remove(join(folder, name, written));
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // The files belong to another user.
  }
}
