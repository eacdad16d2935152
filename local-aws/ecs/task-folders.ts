import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TaskLaunch } from './runner.ts';

/** Folder of a volume in a task's folder. */
export const volumeFolder = (folder: string, volume: string): string => join(folder, 'volumes', volume);

/** Makes a task's folder with one folder per volume, which only the stack's user can enter from outside. */
export async function makeTaskFolder(folder: string, volumes: TaskLaunch['volumes']): Promise<void> {
  await mkdir(join(folder, 'volumes'), { recursive: true, mode: 0o700 });
  await Promise.all(volumes.map((volume) => mkdir(volumeFolder(folder, volume))));
}

/** Ids of the tasks whose folders are there. */
export async function taskFolders(workRoot: string): Promise<string[]> {
  const entries = await readdir(workRoot).catch((): string[] => []);
  return entries.filter((entry) => /^[0-9a-f]{32}$/.test(entry));
}
