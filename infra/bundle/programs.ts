import { rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import localAws from '@flowserv/local-aws/package.json' with { type: 'json' };
import { build } from 'esbuild';
import { layout } from './layout.ts';
import { bytesOf, type Modules, modulesOf, packagesOf, sourcesOf } from './modules.ts';
import { packageVersion } from './package-version.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The exports of the workspace package `local-aws`, by their import specifiers. */
const LOCAL_AWS = Object.fromEntries(
  Object.entries(localAws.exports).map(([name, file]) => [
    join(localAws.name, name),
    join(ROOT, 'local-aws', file),
  ]),
);
/** The program that `bin/launch.mjs` starts. */
const FLOWSERV = 'flowserv.js';

/** An entry module of the package. Source files are relative to the repository. */
interface Program extends Modules {
  /** Path of the entry module. */
  readonly file: string;
}

export interface Programs {
  readonly flowserv: Program;
  readonly functionRunner: Program;
  readonly containerLauncher: Program;
  /** Bytes of all modules together. */
  readonly totalBytes: number;
  /** Source files in all modules. */
  readonly holds: readonly string[];
  /** The packages that the modules import, which must be there at run time. */
  readonly packages: readonly string[];
}

/**
 * Bundles the programs of the published package: `flowserv`, with the local stack in modules that are loaded on
 * first use, the runner of its functions' processes and the launcher of its containers. Node does not run TypeScript
 * inside `node_modules` (Node.js documentation, "Type stripping in dependencies"). Packages stay outside, as
 * dependencies of this one; dynalite's modules find each other by path.
 *
 * @param outDir replaced
 * @throws the error of esbuild when a source cannot be bundled
 */
export async function bundlePrograms(outDir: string): Promise<Programs> {
  rmSync(outDir, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [
      { in: 'bin/flowserv.ts', out: basename(FLOWSERV, '.js') },
      { in: '@flowserv/local-aws/function-runner', out: basename(layout.functionRunner, '.js') },
      { in: '@flowserv/local-aws/container-launcher', out: basename(layout.containerLauncher, '.js') },
    ],
    outdir: outDir,
    // All in one folder: see `layout`.
    chunkNames: 'chunk-[hash]',
    bundle: true,
    splitting: true,
    packages: 'external',
    // This package is in the repository, not in the registry: it is bundled, so that the package installs without it.
    alias: LOCAL_AWS,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    charset: 'utf8',
    logLevel: 'silent',
    // Excludes the code that builds from source (infra/local/artifacts.ts).
    define: { FLOWSERV_BUILT: 'true' },
    plugins: [packageVersion],
    metafile: true,
  });
  const program = (entry: string) => ({ file: join(outDir, entry), ...modulesOf(metafile, entry) });
  return {
    flowserv: program(FLOWSERV),
    functionRunner: program(layout.functionRunner),
    containerLauncher: program(layout.containerLauncher),
    totalBytes: bytesOf(metafile),
    holds: sourcesOf(metafile),
    packages: packagesOf(metafile),
  };
}
