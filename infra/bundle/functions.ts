import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { functionNames } from '../functions.ts';
import { packageVersion } from './package-version.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The file that Lambda's handler `index.handler` names. */
const ENTRY = 'index.mjs';

/** One function as Lambda gets it: a folder of ES modules. */
export interface FunctionBundle {
  readonly name: string;
  /** Path of the entry module, `<outDir>/<name>/index.mjs`. */
  readonly file: string;
  /** Bytes of the modules that a cold start reads: the entry and everything that it imports statically. */
  readonly loadBytes: number;
  /** Bytes of the whole folder, with what is imported on first use. */
  readonly totalBytes: number;
  /** Source files, relative to the repository, in the modules that a cold start reads. */
  readonly loads: readonly string[];
  /** Source files, relative to the repository, in all modules. */
  readonly holds: readonly string[];
}

/**
 * Bundles functions, each into a folder of its own, the SDK included.
 *
 * A dynamic import gets a module of its own. In one file its code would run late as well, but every cold start
 * would read and compile it: that took 120 to 150 ms on two cores where the split form takes 55 to 90.
 *
 * @param outDir the folders of the named functions in it are replaced
 * @throws the error of esbuild when a source cannot be bundled
 */
export function bundleFunctions(
  outDir: string,
  names: readonly string[] = functionNames,
): Promise<FunctionBundle[]> {
  return Promise.all(names.map((name) => bundleFunction(outDir, name)));
}

async function bundleFunction(outDir: string, name: string): Promise<FunctionBundle> {
  const folder = join(outDir, name);
  rmSync(folder, { recursive: true, force: true });
  const { metafile } = await build({
    ...lambdaOptions(),
    entryPoints: [{ in: join(ROOT, 'functions', name, 'index.ts'), out: basename(ENTRY, '.mjs') }],
    outdir: folder,
    metafile: true,
  });
  const loaded = loadedModules(metafile);
  const all = Object.keys(metafile.outputs);
  return {
    name,
    file: join(folder, ENTRY),
    loadBytes: bytesOf(metafile, loaded),
    totalBytes: bytesOf(metafile, all),
    loads: sourcesOf(metafile, loaded),
    holds: sourcesOf(metafile, all),
  };
}

/**
 * How code for Lambda is bundled.
 *
 * `module` before `main` takes the ES form of packages, from which unused code can be left out; the rest calls
 * `require`, which an ES module has to make for itself. `yaml` keeps its ES form for browsers only, of the
 * same sources; 80 kB less where a function only looks at its types.
 */
export const lambdaOptions = () =>
  ({
    absWorkingDir: ROOT,
    bundle: true,
    minify: true,
    splitting: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunk-[hash]',
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'silent',
    alias: { yaml: join(packageFolder('yaml'), 'browser/index.js') },
    plugins: [packageVersion],
    banner: {
      js: "import{createRequire as createRequireHere}from'node:module';const require=createRequireHere(import.meta.url);",
    },
  }) satisfies BuildOptions;

function packageFolder(name: string): string {
  return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
}

/** The entry and all that it imports statically, however far. */
function loadedModules({ outputs }: Metafile): string[] {
  const loaded = new Set<string>();
  const waiting = Object.keys(outputs).filter((path) => basename(path) === ENTRY);
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (loaded.has(path)) continue;
    loaded.add(path);
    for (const imported of outputs[path]?.imports ?? []) {
      if (imported.kind === 'import-statement' && !imported.external) waiting.push(imported.path);
    }
  }
  return [...loaded];
}

const bytesOf = ({ outputs }: Metafile, paths: readonly string[]) =>
  paths.reduce((sum, path) => sum + (outputs[path]?.bytes ?? 0), 0);

/** Inputs of which something is left after unused code is gone. */
function sourcesOf({ outputs }: Metafile, paths: readonly string[]): string[] {
  const inputs = paths.flatMap((path) => Object.entries(outputs[path]?.inputs ?? {}));
  return [...new Set(inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path))];
}
