import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleFunctions, type FunctionBundle } from './functions.ts';
import { layout } from './layout.ts';
import { bundlePrograms, type Programs } from './programs.ts';
import { bundleStagingProgram } from './staging-program.ts';

/** The files of `dist/`: the code that is deployed, and the programs of the npm package. */
export interface Dist {
  /** One bundle for each function, in `functions/<name>/`. */
  readonly functions: readonly FunctionBundle[];
  /** Path of the staging program's text. */
  readonly stagingProgram: string;
  readonly programs: Programs;
}

/**
 * Builds everything into a folder: the functions and the staging program as they are deployed, and the programs of the
 * npm package, which read both from this folder. Creates the folder if necessary, and replaces its earlier contents.
 *
 * @throws the error of esbuild when a source cannot be bundled
 */
export async function buildDist(folder: string): Promise<Dist> {
  mkdirSync(folder, { recursive: true });
  const [functions, { text }, programs] = await Promise.all([
    bundleFunctions(join(folder, layout.functions)),
    bundleStagingProgram(),
    bundlePrograms(join(folder, layout.programs)),
  ]);
  const stagingProgram = join(folder, layout.stagingProgram);
  writeFileSync(stagingProgram, text);
  return { functions, stagingProgram, programs };
}
