import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { writeKept } from '../kept-file.ts';
import { runnerNames } from './runner-setting.ts';

const keptRunner = z.object({ name: z.enum(runnerNames), description: z.string() });
export type KeptRunner = z.infer<typeof keptRunner>;

/** Returns the runner that a data folder had at the last start; undefined before the first start. */
export function readKeptRunner(dataDir: string): KeptRunner | undefined {
  const path = join(dataDir, 'runner.json');
  return existsSync(path) ? keptRunner.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data : undefined;
}

/**
 * Records the runner of a data folder.
 *
 * @returns the runner of the previous start if it was another one; otherwise, and on the first start, undefined
 */
export function keepRunner(dataDir: string, { name, description }: KeptRunner): KeptRunner | undefined {
  const before = readKeptRunner(dataDir);
  if (before?.name === name && before.description === description) return undefined;
  writeKept(join(dataDir, 'runner.json'), { name, description });
  return before?.name === name ? undefined : before;
}
