import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import * as z from 'zod';
import { startCommand } from '../bin/run-cli.ts';
import { engine } from './engine-stack.ts';

const PROGRAM = fileURLToPath(new URL('../bench/main.ts', import.meta.url));
const report = z.object({ figures: z.array(z.object({ name: z.string(), value: z.number() })) });

it.skipIf(!engine)(
  'the benchmark measures steps as processes, in the sandbox and in containers',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'flowserv-bench-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'figures.json');
    const options = ['--quick', '--only', 'runners', '--json', file];
    const { code, stderr } = await startCommand(process.execPath, [PROGRAM, ...options], { cwd: folder })
      .outcome;
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('left out')]);
    const { figures } = report.parse(JSON.parse(readFileSync(file, 'utf8')));
    for (const runner of ['process', 'sandbox', 'engine']) {
      const own = figures.filter(({ name }) => name.startsWith(`runner ${runner}: `));
      expect(own.length).toBeGreaterThan(0);
      for (const { value } of own) expect(Number.isFinite(value)).toBe(true);
    }
  },
  300_000,
);
