import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TaskLaunch } from './runner.ts';

/** The folder of a volume in a task's folder. */
export const volumeFolder = (folder: string, volume: string): string => join(folder, 'volumes', volume);

/** Creates a task's folder with one folder per volume. On the host, only the stack's user can open them. */
export async function makeTaskFolder(folder: string, volumes: TaskLaunch['volumes']): Promise<void> {
  await mkdir(join(folder, 'volumes'), { recursive: true, mode: 0o700 });
  await Promise.all(volumes.map((volume) => mkdir(volumeFolder(folder, volume))));
}

/** Returns the ids of the tasks with a folder. */
export async function taskFolders(workRoot: string): Promise<string[]> {
  const entries = await readdir(workRoot).catch((): string[] => []);
  return entries.filter((entry) => /^[0-9a-f]{32}$/.test(entry));
}
