import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startProgram } from './run-cli.ts';
import { consoleBlocks, runInShell, type Shown } from './tutorial-commands.ts';

const PAGE = new URL('../../docs/tutorial.md', import.meta.url);
const PATIENCE_MS = 300_000;

/** The same text for all machines and runs: without identifiers, times, the runner, and states that may be missed. */
const comparable = (shown: Shown) =>
  shown.map(({ command, output }) => ({
    command,
    output: output
      .replaceAll(/\b[0-9a-f]{32}\b/g, 'ID')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:]+Z/g, 'TIME')
      .replaceAll(/\d+\.\d s\b/g, 'N s')
      .replaceAll(/steps run in .*\.$/gm, 'steps run in RUNNER.')
      .replaceAll(/^(?:Run: )?(?:PENDING|RUNNING)\n/gm, '')
      .replaceAll(/^(export FLOWSERV_ACCESS_TOKEN=).*/gm, '$1TOKEN'),
  }));

it(
  'shows what its commands print',
  async () => {
    const page = readFileSync(PAGE, 'utf8');
    const blocks = consoleBlocks(page);
    // The only other block starts the server.
    expect([...page.matchAll(/^```sh\n([\s\S]*?)```$/gm)].map(([, text]) => text)).toEqual([
      'flowserv local\n',
    ]);
    const folder = mkdtempSync(join(tmpdir(), 'flowserv-tutorial-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const server = startProgram('flowserv', ['local', '--port', '0'], { cwd: folder });
    try {
      await server.shows('ready; stop with Ctrl-C');
      const shown = blocks.flat();
      expect(shown.length).toBeGreaterThan(20);
      const real = runInShell(
        shown.map(({ command }) => command),
        folder,
      );
      expect(comparable(real)).toEqual(comparable(shown));
    } finally {
      server.child.kill('SIGTERM');
      await server.outcome;
    }
  },
  PATIENCE_MS,
);
