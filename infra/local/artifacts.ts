import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { layout } from '../bundle/layout.ts';
import { makeFolder } from './make-folder.ts';

/** Two folders up, both from this file in a clone and from the program in `dist/` that it is bundled into. */
const PRODUCT = fileURLToPath(new URL('../../', import.meta.url));

/** Defined by the build of the package (infra/bundle/programs.ts) and nowhere else. */
declare const FLOWSERV_BUILT: boolean;

/** What the local stack uses without importing it, and which has to be built before. */
export interface Artifacts {
  /** Folder of the clone or the package, which no step needs to see. */
  readonly product: string;
  /** Path of the staging program's text. */
  readonly stagingProgram: string;
  /** Path of the program that runs a function in a process of its own; by default the one of the local AWS. */
  readonly functionRunner?: string;
  /** Path of the program that starts the processes of containers; by default the one of the local AWS. */
  readonly containerLauncher?: string;
  /** @returns folder of the functions' bundles, `<name>/index.mjs` for each */
  bundles(): Promise<string>;
}

/**
 * Finds what has been built. The package has everything beside its programs. In a clone it is made of the sources as
 * they are now: the staging program at once, the bundles when they are asked for, and again only after a change.
 *
 * @param dataDir the data folder of one stack, which is there
 * @param sharedDir folder for the bundles of several stacks; in the data folder by default
 */
export async function findArtifacts(dataDir: string, sharedDir?: string): Promise<Artifacts> {
  // A branch and no early end: esbuild leaves out what only a dead branch imports.
  if (typeof FLOWSERV_BUILT === 'undefined') {
    const { keptBundles } = await import('./bundles.ts');
    return {
      product: PRODUCT,
      stagingProgram: await findStagingProgram(dataDir),
      bundles: () =>
        sharedDir === undefined
          ? keptBundles(join(dataDir, layout.functions))
          : keptBundles(sharedDir, { shared: true }),
    };
  }
  return builtArtifacts(new URL('../', import.meta.url));
}

/**
 * Path of the staging program's text: the package has it, and in a clone it is made of the sources.
 *
 * @param folder where it is written in a clone, made when it is missing
 */
export async function findStagingProgram(folder: string): Promise<string> {
  if (typeof FLOWSERV_BUILT === 'undefined') {
    const { bundleStagingProgram } = await import('../bundle/staging-program.ts');
    const path = join(folder, layout.stagingProgram);
    makeFolder(folder);
    writeChanged(path, (await bundleStagingProgram()).text);
    return path;
  }
  return builtArtifacts(new URL('../', import.meta.url)).stagingProgram;
}

/** Writes a file unless it is there as it should be: a start on a full disk writes as little as it can. */
function writeChanged(path: string, text: string): void {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  writeFileSync(path, text, { mode: 0o600 });
}

/** @param dist the folder that `infra/bundle/dist.ts` has filled */
function builtArtifacts(dist: URL): Artifacts {
  const path = (...names: string[]) => fileURLToPath(new URL(names.join('/'), dist));
  return {
    product: PRODUCT,
    stagingProgram: path(layout.stagingProgram),
    functionRunner: path(layout.programs, layout.functionRunner),
    containerLauncher: path(layout.programs, layout.containerLauncher),
    bundles: async () => path(layout.functions),
  };
}
