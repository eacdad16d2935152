import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProgram, startProgram } from './run-cli.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flowserv-demo-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the demo', () => {
  it('runs a whole benchmark and leaves nothing behind', async () => {
    const { code, stdout, stderr } = await runProgram('demo', [], { env: { TMPDIR: folder } });

    expect(stderr).toBe('');
    expect(stdout).toContain("The organiser installs the benchmark 'Hello World'.");
    const runs = [
      ['alice', 'Hello', 'SUCCESS'],
      ['alice', 'Good morning', 'SUCCESS'],
      ['bob', 'R2D2', 'ERROR'],
      ['bob', 'Welcome back', 'SUCCESS'],
    ] as const;
    for (const [who, greeting, state] of runs) {
      const changes = stdout
        .split('\n')
        .filter((line) => line.startsWith(`  ${who.padEnd(5)}  ${greeting}  `));
      expect(changes.at(-1)).toMatch(new RegExp(` ${state} +\\d+\\.\\d s$`));
      expect(changes.length).toBeLessThanOrEqual(3);
    }
    expect(stdout).toContain("\n  greet: 'R2D2' is not a greeting: only letters");
    expect(stdout).toMatch(/^ +Rank \| Name +\| Average length \| /m);
    expect(stdout).toMatch(/^ +1 \| alice \| +19\.1\d* \| .*Good morning Caroline!/m);
    expect(stdout).toMatch(/^ +2 \| bob +\| +18\.0 \| .*Welcome back Alice!/m);
    expect(stdout).toContain('results/compare.csv');
    expect(stdout).toMatch(/^ +1,alice,19\.1/m);
    expect(stdout).toMatch(/Done in \d+\.\d seconds/);
    expect(stdout).toContain('npm start');
    expect(stdout).not.toContain('\x1b');
    expect(code).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('stops cleanly at Ctrl-C', async () => {
    const running = startProgram('demo', [], { env: { TMPDIR: folder } });
    await running.shows('They start');

    running.child.kill('SIGINT');
    const { code, stderr } = await running.outcome;

    expect(stderr).toBe('\nstopping …\n');
    expect(code).toBe(130);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says what to install if Python is missing', async () => {
    const { code, stdout, stderr } = await runProgram('demo', [], { env: { PATH: folder, TMPDIR: folder } });

    expect(stderr).toContain('The demo needs Python 3');
    expect([code, stdout]).toEqual([1, '']);
    expect(readdirSync(folder)).toEqual([]);
  });
});
