import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { functionNames } from '../functions.ts';
import { entrySource } from './entry.ts';
import { bytesOf, type Modules, modulesOf, sourcesOf } from './modules.ts';
import { packageVersion } from './package-version.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The file that Lambda's handler `index.handler` names. */
const ENTRY = 'index.mjs';

/** One function as Lambda gets it: a folder of ES modules. Source files are relative to the repository. */
export interface FunctionBundle extends Modules {
  readonly name: string;
  /** Path of the entry module, `<outDir>/<name>/index.mjs`. */
  readonly file: string;
  /** Bytes of the whole folder, including modules that are imported on first use. */
  readonly totalBytes: number;
  /** Source files in all modules. */
  readonly holds: readonly string[];
}

/**
 * Bundles functions, each into its own folder, including the SDK.
 *
 * A dynamic import gets its own module. In a single file its code would run late as well, but every cold start
 * would read and compile it: that took 120 to 150 ms on two cores; the split form takes 55 to 90.
 *
 * @param outDir the folders of the given functions in it are replaced
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
    stdin: {
      contents: entrySource(name),
      resolveDir: join(ROOT, 'functions'),
      sourcefile: `functions/${name}.entry.ts`,
    },
    entryNames: basename(ENTRY, '.mjs'),
    outdir: folder,
    metafile: true,
  });
  return {
    name,
    file: join(folder, ENTRY),
    ...modulesOf(metafile, ENTRY),
    totalBytes: bytesOf(metafile),
    holds: sourcesOf(metafile),
  };
}

/**
 * The settings of esbuild for Lambda.
 *
 * `module` before `main` selects the ES form of packages, from which unused code can be removed; the rest calls
 * `require`, which an ES module has to create. `yaml` has an ES form for browsers only, of the
 * same sources; it saves 80 kB in functions that only use its types.
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
    // Optional native code of the SSH library, which works without it; a bundle runs on another processor.
    external: ['cpu-features', '*.node'],
    alias: { yaml: join(packageFolder('yaml'), 'browser/index.js') },
    plugins: [packageVersion],
    banner: {
      js: "import{createRequire as createRequireHere}from'node:module';const require=createRequireHere(import.meta.url);",
    },
  }) satisfies BuildOptions;

function packageFolder(name: string): string {
  return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
}
