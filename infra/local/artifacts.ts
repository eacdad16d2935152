import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { layout } from '../bundle/layout.ts';
import { makeFolder } from './make-folder.ts';

/** The root of the product. It is two folders up from this file in a clone, and from the bundled program in `dist/`. */
const PRODUCT = fileURLToPath(new URL('../../', import.meta.url));

/** Defined by the build of the package (infra/bundle/programs.ts) and nowhere else. */
declare const FLOWSERV_BUILT: boolean;

/** Files that the local stack uses without importing them, and which have to be built first. */
export interface Artifacts {
  /** Folder of the clone or the package, which steps do not need. */
  readonly product: string;
  /** Path of the staging program's text. */
  readonly stagingProgram: string;
  /** Path of the program that runs a function in its own process; by default that of the local AWS. */
  readonly functionRunner?: string;
  /** Path of the program that starts the processes of containers; by default that of the local AWS. */
  readonly containerLauncher?: string;
  /** @returns folder of the functions' bundles, `<name>/index.mjs` for each */
  bundles(): Promise<string>;
  /** Name of the folder beside them for compiled code; none in the package, which may be read-only. */
  readonly compileCache?: string;
}

/**
 * Finds the built files. The package contains everything in `dist/`. A clone builds from its current
 * sources: the staging program immediately, the bundles on request, and again only after a change.
 *
 * @param dataDir the existing data folder of one stack
 * @param sharedDir folder for the bundles of several stacks; in the data folder by default
 */
export async function findArtifacts(dataDir: string, sharedDir?: string): Promise<Artifacts> {
  // A branch instead of an early return: esbuild removes imports only if a dead branch contains them.
  if (typeof FLOWSERV_BUILT === 'undefined') {
    const { keptBundles } = await import('./bundles.ts');
    return {
      product: PRODUCT,
      stagingProgram: await findStagingProgram(dataDir),
      bundles: () =>
        sharedDir === undefined
          ? keptBundles(join(dataDir, layout.functions))
          : keptBundles(sharedDir, { shared: true }),
      compileCache: '.compiled',
    };
  }
  return builtArtifacts(new URL('../', import.meta.url));
}

/**
 * Returns the path of the staging program's text: the package contains it, and a clone builds it from its sources.
 *
 * @param folder where a clone writes it; created if necessary
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

/** Writes a file unless it has that content already: a start on a full disk has to write as little as possible. */
function writeChanged(path: string, text: string): void {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  writeFileSync(path, text, { mode: 0o600 });
}

/** @param dist the folder that `infra/bundle/dist.ts` filled */
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
