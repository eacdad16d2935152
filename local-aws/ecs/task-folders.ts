import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TaskLaunch } from './runner.ts';

/** The subfolders of a task's folder that containers write to. The other files in it describe how to remove these. */
const [VOLUMES, CONTAINERS] = ['volumes', 'containers'];

/** The folder of all volumes in a task's folder. */
export const volumesFolder = (folder: string): string => join(folder, VOLUMES);

/** The folder of a volume in a task's folder. */
export const volumeFolder = (folder: string, volume: string): string => join(folder, VOLUMES, volume);

/** The folder of a container that runs as a process of this host, in a task's folder. */
export const containerFolder = (folder: string, container: string): string =>
  join(folder, CONTAINERS, container);

/** Creates a task's folder with one folder per volume. On the host, only the stack's user can open them. */
export async function makeTaskFolder(folder: string, volumes: TaskLaunch['volumes']): Promise<void> {
  await mkdir(volumesFolder(folder), { recursive: true, mode: 0o700 });
  await Promise.all(volumes.map((volume) => mkdir(volumeFolder(folder, volume))));
}

/** Returns the ids of the tasks with a folder. */
export async function taskFolders(workRoot: string): Promise<string[]> {
  const entries = await readdir(workRoot).catch((): string[] => []);
  return entries.filter((entry) => /^[0-9a-f]{32}$/.test(entry));
}

/**
 * Removes the files that containers of a killed server wrote, before anything needs space: they may be what fills the
 * disk. The runner later ends what still writes there, and removes the rest and files of other users.
 */
export async function removeWrittenFiles(workRoot: string): Promise<void> {
  for (const taskId of await taskFolders(workRoot)) {
    for (const written of [VOLUMES, CONTAINERS]) {
      await rm(join(workRoot, taskId, written), { recursive: true, force: true }).catch(() => {});
    }
  }
}
