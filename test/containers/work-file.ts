import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TASKS_FOLDER } from '../../infra/local/names.ts';
import { poll } from '../end-to-end/running-stack.ts';

/**
 * A file in the working folder of the only running step, with which a test and a step synchronise.
 *
 * @param volume of the step, such as `work1` for the second one of a task
 */
export function workFile(dataDir: string, name: string, volume = 'work') {
  const folder = () => globSync(join(dataDir, TASKS_FOLDER, '*/volumes', volume))[0];
  return {
    /** Returns the text of the file; undefined while it does not exist. */
    text(): string | undefined {
      try {
        return readFileSync(join(folder() ?? '', name), 'utf8');
      } catch {
        return undefined;
      }
    },
    write: (text: string) => writeFileSync(join(folder() ?? '', name), text),
  };
}

/** Waits until the only running step writes a file, and returns its text. */
export const begun = (dataDir: string, name: string, volume?: string): Promise<string> =>
  poll(async () => workFile(dataDir, name, volume).text() || undefined, 'the step does not run');
