import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleFunctions, type FunctionBundle } from './functions.ts';
import { bundleStagingProgram } from './staging-program.ts';

/** What a deployment takes from here, beside the infrastructure itself. */
export interface Dist {
  /** One bundle for each function, in `functions/<name>/`. */
  readonly functions: readonly FunctionBundle[];
  /** Path of the staging program's text. */
  readonly stagingProgram: string;
}

/**
 * Builds everything that is deployed into a folder: `functions/<name>/index.mjs` and `staging-program.txt`.
 * The folder is made when it is missing; what the build does not name stays.
 *
 * @throws the error of esbuild when a source cannot be bundled
 */
export async function buildDist(folder: string): Promise<Dist> {
  mkdirSync(folder, { recursive: true });
  const [functions, program] = await Promise.all([
    bundleFunctions(join(folder, 'functions')),
    bundleStagingProgram(),
  ]);
  const stagingProgram = join(folder, 'staging-program.txt');
  writeFileSync(stagingProgram, program.text);
  return { functions, stagingProgram };
}
