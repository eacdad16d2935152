import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { NOTEBOOK_RUNNER } from '../../shared/engine/python-steps/notebook-runner.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const REFUSED =
  /^the value of 'text' has a '\$' or '`', which the kernel of this notebook may run as code; let /;

/** Runs the program of a notebook step with one parameter, up to papermill; returns its standard error. */
function errorOf(metadata: object, text: unknown): string {
  const folder = mkdtempSync(join(tmpdir(), 'flowserv-notebook-'));
  folders.push(folder);
  for (const name of ['work', 'ctl', 'log']) mkdirSync(join(folder, name));
  const notebook = { cells: [], metadata, nbformat: 4, nbformat_minor: 4 };
  const call = { notebook: 'a.ipynb', output: 'b.ipynb', params: ['text'], requirements: [], variables: [] };
  writeFileSync(join(folder, 'work', 'a.ipynb'), JSON.stringify(notebook));
  writeFileSync(join(folder, 'ctl', 'call.json'), JSON.stringify({ ...call, context: { text } }));
  writeFileSync(join(folder, 'ctl', 'step.py'), NOTEBOOK_RUNNER);
  const env = { PATH: process.env.PATH, FS_WORK: join(folder, 'work'), FS_LOG: join(folder, 'log') };
  const options = { cwd: join(folder, 'work'), env, encoding: 'utf8' } as const;
  const { status, stderr } = spawnSync('python3', ['-I', '-u', join(folder, 'ctl', 'step.py')], options);
  expect(status).not.toBe(0);
  return stderr;
}

const kernel = (name: string, language?: string) => ({ kernelspec: { name, language, display_name: name } });

describe('a text for a notebook whose language runs code in texts', () => {
  it.each([
    ['$(run(`id`))', kernel('julia-1.11', 'julia')],
    ['x$y', { ...kernel('k', 'python'), language_info: { name: 'julia' } }],
    ['$(id)', kernel('.net-powershell', 'python')],
    ['`"; id; "', kernel('pwsh', '.net-powershell')],
    ['$x', {}],
    [['$(exit())'], kernel('julia', 'python')],
  ])('is refused: %j', (text, metadata) => {
    expect(errorOf(metadata, text)).toMatch(REFUSED);
  });

  it.each([
    ['$(run(`id`))', kernel('python3', 'python')],
    ['a$b', { ...kernel('ir'), language_info: { name: 'R' } }],
    ['plain', kernel('julia-1.11', 'julia')],
    [5, kernel('julia-1.11', 'julia')],
  ])('is accepted in another language, or without such code: %j', (text, metadata) => {
    expect(errorOf(metadata, text)).not.toMatch(REFUSED);
  });
});
