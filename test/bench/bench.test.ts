import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { startCommand } from '../bin/run-cli.ts';
import { BUNDLES } from '../caches.ts';

/** All measurements except that of runners, which needs an engine: the tests with containers include it. */
const measured = ['calls', 'requests', 'runs', 'transfer', 'leaderboard', 'isolated', 'starts', 'polling'];

/** Runs the bench with small sizes; the measured values do not matter here. */
const PROGRAM = fileURLToPath(new URL('main.ts', import.meta.url));

const report = z.object({
  quick: z.literal(true),
  figures: z.array(z.object({ name: z.string(), value: z.number(), unit: z.string() })),
});

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'flowserv-bench-test-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const bench = (...options: string[]) =>
  startCommand(process.execPath, [PROGRAM, '--quick', ...options], {
    cwd: folder,
    env: { FLOWSERV_BUNDLES_DIR: BUNDLES },
  }).outcome;

describe('the bench', () => {
  it('runs every measurement once and writes the report', async () => {
    const file = join(folder, 'figures.json');
    const { code, stdout } = await bench('--json', file, ...measured.flatMap((name) => ['--only', name]));
    expect(code).toBe(0);
    const { figures } = report.parse(JSON.parse(readFileSync(file, 'utf8')));
    const names = figures.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(
      expect.arrayContaining([
        'memory of the server at rest',
        'descriptor: requests',
        'whoami: p99',
        'group creation: p50',
        'leaderboard of 10 runs: p50',
        'run alone: over bare, for one step',
        'run alone, isolated: over bare, for one step',
        'cold start of api: over an empty function',
        'run of 1 s, with ETags: requests',
        'memory of the server at its peak',
      ]),
    );
    for (const { value } of figures) expect(Number.isFinite(value)).toBe(true);
    for (const name of names) expect(stdout).toContain(name);
    expect(stdout).toContain('sizes are reduced');
    // Two and a half minutes while another worker runs, and twice that on a busy host.
  }, 900_000);

  it('lists the existing measurements', async () => {
    const { code, stderr } = await bench('--only', 'speed');
    expect(code).toBe(1);
    expect(stderr).toBe(
      `measurement 'speed' does not exist; choose among ${[...measured, 'runners'].join(', ')}\n`,
    );
  });
});
