import { basename } from 'node:path';
import type { Metafile } from 'esbuild';

/** What esbuild has made of an entry point. All paths are as it gives them. */
export interface Modules {
  /** Bytes of the entry and everything that it imports statically, however far. */
  readonly loadBytes: number;
  /** Source files in those modules. */
  readonly loads: readonly string[];
}

/**
 * The modules that starting an entry point reads.
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

/** Bytes of modules; of all unless some are named. */
export const bytesOf = ({ outputs }: Metafile, paths: readonly string[] = Object.keys(outputs)): number =>
  paths.reduce((sum, path) => sum + (outputs[path]?.bytes ?? 0), 0);

/** Source files of which something is left in modules after unused code is gone; in all unless some are named. */
export function sourcesOf({ outputs }: Metafile, paths: readonly string[] = Object.keys(outputs)): string[] {
  const inputs = paths.flatMap((path) => Object.entries(outputs[path]?.inputs ?? {}));
  return [...new Set(inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path))];
}

/** Names of the packages that all modules import from outside, Node's own left out. */
export function packagesOf({ outputs }: Metafile): string[] {
  const imports = Object.values(outputs).flatMap((output) => output.imports);
  const outside = imports.filter(({ external, path }) => external && !path.startsWith('node:'));
  return [...new Set(outside.map(({ path }) => /^(@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? path))].sort();
}
