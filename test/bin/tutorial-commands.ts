import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { COMPILE_CACHE } from '../caches.ts';
import { stepRunner } from '../step-runner.ts';

const FLOWSERV = fileURLToPath(new URL('../../bin/flowserv.mjs', import.meta.url));
/** Begins the output of a command, and cannot be a part of it. */
const MARK = '\u0001';
const BLOCK = /^```console\n([\s\S]*?)^```$/gm;
const STEP_MS = 120_000;

/** A block of commands, each with the output that the page shows. */
export type Shown = readonly { readonly command: string; readonly output: string }[];

/** Returns the blocks of commands of a page: `$` begins a command, `>` continues it, and its output follows. */
export function consoleBlocks(page: string): Shown[] {
  return [...page.matchAll(BLOCK)].map(([, text = '']) =>
    text
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const lines = part.replace(/\n$/, '').split('\n');
        const end = lines.findIndex((line, i) => i > 0 && !line.startsWith('> '));
        const [first = '', ...more] = end < 0 ? lines : lines.slice(0, end);
        const command = [first, ...more.map((line) => line.slice(2))].join('\n');
        return { command, output: end < 0 ? '' : lines.slice(end).join('\n') };
      }),
  );
}

/** Runs all commands in one shell, in a folder, and returns them with what they print. */
export function runInShell(commands: readonly string[], folder: string): Shown {
  const script = [
    `flowserv() { '${process.execPath}' '${FLOWSERV}' "$@"; }`,
    'exec 2>&1',
    ...commands.flatMap((command) => [`printf '${MARK}'`, command]),
  ].join('\n');
  const { PATH, HOME, TMPDIR } = process.env;
  const env = { PATH, HOME, TMPDIR, NODE_COMPILE_CACHE: COMPILE_CACHE, ...stepRunner };
  const { stdout } = spawnSync('bash', ['-c', script], {
    cwd: folder,
    env,
    encoding: 'utf8',
    timeout: STEP_MS * 3,
  });
  const outputs = stdout.split(MARK).slice(1);
  return commands.map((command, i) => ({ command, output: (outputs[i] ?? '').replace(/\n$/, '') }));
}
