import { basename } from 'node:path';
import type { Metafile } from 'esbuild';

/** The output of esbuild for an entry point. All paths are in the form of esbuild. */
export interface Modules {
  /** Bytes of the entry and of everything that it imports statically, directly or indirectly. */
  readonly loadBytes: number;
  /** Source files in those modules. */
  readonly loads: readonly string[];
}

/**
 * Returns the modules that are read when an entry point starts.
 *
 * @param entry file name of the entry's module
 */
export function modulesOf(metafile: Metafile, entry: string): Modules {
  const loaded = loadedModules(metafile, entry);
  return { loadBytes: bytesOf(metafile, loaded), loads: sourcesOf(metafile, loaded) };
}

function loadedModules({ outputs }: Metafile, entry: string): string[] {
  const loaded = new Set<string>();
  const waiting = Object.keys(outputs).filter((path) => basename(path) === entry);
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (loaded.has(path)) continue;
    loaded.add(path);
    for (const imported of outputs[path]?.imports ?? []) {
      if (imported.kind === 'import-statement' && !imported.external) waiting.push(imported.path);
    }
  }
  return [...loaded];
}

/** Bytes of the given modules; by default of all. */
export const bytesOf = ({ outputs }: Metafile, paths: readonly string[] = Object.keys(outputs)): number =>
  paths.reduce((sum, path) => sum + (outputs[path]?.bytes ?? 0), 0);

/** Source files that contribute code to the given modules, after unused code is removed; by default to all. */
export function sourcesOf({ outputs }: Metafile, paths: readonly string[] = Object.keys(outputs)): string[] {
  const inputs = paths.flatMap((path) => Object.entries(outputs[path]?.inputs ?? {}));
  return [...new Set(inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path))];
}

/** Names of the packages that the modules import from outside, except Node's own. */
export function packagesOf({ outputs }: Metafile): string[] {
  const imports = Object.values(outputs).flatMap((output) => output.imports);
  const outside = imports.filter(({ external, path }) => external && !path.startsWith('node:'));
  return [...new Set(outside.map(({ path }) => /^(@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? path))].sort();
}
