import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** What containers have written. Other files of a task say how the runner removes what this user cannot. */
const WRITTEN = ['volumes', 'containers'];

/**
 * Removes the files of tasks that a killed server has left, before anything needs room: they may be what fills the
 * disk. What still writes there is ended later, by the runner, which then removes what is left.
 *
 * @param folder of the tasks
 */
export function removeOldFiles(folder: string): void {
  for (const name of namesIn(folder)) {
    // Others are a runner's own, such as that by which it knows the containers of a killed server.
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
    // Files of another user.
  }
}
