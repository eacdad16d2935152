import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { build, type Plugin, transform } from 'esbuild';
import { base85, base85Decoder } from './base85.ts';

const ENTRY = fileURLToPath(new URL('../../shared/staging/main.ts', import.meta.url));

export interface StagingProgram {
  /** `node -e <text>`; with `stage` or `warden` after it, a complete command line. */
  readonly command: readonly ['node', '-e', string];
  /** The program's text, which fits in a task definition. */
  readonly text: string;
  /** Size of the text, all of it ASCII. */
  readonly bytes: number;
}

/**
 * Bundles the staging program into one text for `node -e`: the minified code, compressed, as printable
 * text in a line that unpacks and runs it. A task definition holds it twice and has 64 KiB at most (AWS ECS,
 * service quotas). With it, no image has to be built.
 *
 * The same sources give the same text. A process bundles it once.
 */
export function bundleStagingProgram(): Promise<StagingProgram> {
  bundled ??= bundle();
  return bundled;
}

/** Bundles the modules for steps in JavaScript and R as text, without comments and indentation. */
const shortModules: Plugin = {
  name: 'short-modules',
  setup(bundler) {
    bundler.onLoad({ filter: /\.cjs$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, 'utf8'), { minify: true });
      return { contents: code, loader: 'text' };
    });
    bundler.onLoad({ filter: /\.R$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace(/^ *(?:#.*)?\n?/gm, ''),
      loader: 'text',
    }));
  },
};

let bundled: Promise<StagingProgram> | undefined;

async function bundle(): Promise<StagingProgram> {
  const result = await build({
    entryPoints: [ENTRY],
    bundle: true,
    minify: true,
    write: false,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    charset: 'utf8',
    legalComments: 'none',
    loader: { '.py': 'text' },
    plugins: [shortModules],
  });
  const code = result.outputFiles[0];
  if (!code) throw new Error('esbuild gave no output for the staging program');
  const packed = brotliCompressSync(code.contents, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: code.contents.length,
    },
  });
  const bytes = base85Decoder(base85(packed), packed.length);
  const text = `eval(require("zlib").brotliDecompressSync(${bytes}).toString())`;
  return { command: ['node', '-e', text], text, bytes: Buffer.byteLength(text) };
}
