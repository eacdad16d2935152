import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSource } from '../../shared/sources/folder.ts';
import { checkSource } from '../../shared/workflows/check-source.ts';
import { cliWith, runFlowserv, startProgram } from './run-cli.ts';

let folder: string;
let temporary: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flowserv-authoring-'));
  temporary = mkdtempSync(join(tmpdir(), 'flowserv-authoring-tmp-'));
});
afterEach(() => {
  for (const one of [folder, temporary]) rmSync(one, { recursive: true });
});

const benchmark = () => join(folder, 'my-benchmark');
const flowserv = (args: string) => cliWith({})(args);
/** Runs a command with temporary files of its own. */
const inOwnProcess = (args: string) => cliWith({ TMPDIR: temporary })(args, { ownProcess: true });

describe('flowserv new', () => {
  it('writes a benchmark without problems and warnings, and says the next commands', async () => {
    const created = await flowserv(`new ${benchmark()}`);
    expect(created).toMatchObject({ code: 0, stderr: '' });
    expect(created.stdout).toBe(
      `Wrote the benchmark 'My benchmark' to ${benchmark()}. Next:\n\n` +
        `  flowserv workflows validate ${benchmark()}\n` +
        `  flowserv workflows try ${benchmark()}\n` +
        `  flowserv workflows create ${benchmark()}\n\nIts README.md says what each file holds.\n`,
    );
    expect(readFileSync(join(benchmark(), 'flowserv.yaml'), 'utf8')).toMatch(/^name: "My benchmark"$/m);
    expect(readFileSync(join(benchmark(), 'README.md'), 'utf8')).toContain('flowserv workflows try .');
    const { stdout } = await flowserv(`workflows validate ${benchmark()}`);
    expect(stdout).toBe('0 problems, 0 warnings\n');
  });

  it('takes any name that a benchmark may have', async () => {
    const path = join(folder, `it"s 100% {$&} # 'new'`);
    const { code, stdout } = await runFlowserv(['new', path]);
    expect(code).toBe(0);
    expect(stdout).toContain(`  flowserv workflows try '${path.replaceAll("'", "'\\''")}'\n`);
    const { problems, warnings } = await checkSource(path);
    expect([problems, warnings]).toEqual([[], []]);
    expect(await readSource(path)).toMatchObject({ name: `It"s 100% {$&} # 'new'` });
  });

  it('rejects a folder that is not empty, and a file', async () => {
    writeFileSync(join(folder, 'file'), 'mine');
    expect(await flowserv(`new ${folder}`)).toMatchObject({
      code: 1,
      stderr: `error: the folder '${folder}' is not empty; name a new one\n`,
    });
    expect(await flowserv(`new ${join(folder, 'file')}`)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is a file'),
    });
    expect(readdirSync(folder)).toEqual(['file']);
  });
});

describe('flowserv workflows try', () => {
  beforeEach(async () => {
    await flowserv(`new ${benchmark()}`);
  });

  it('runs the whole benchmark once, and leaves nothing behind', async () => {
    const { code, stdout, stderr } = await inOwnProcess(`workflows try ${benchmark()}`);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^Running 'My benchmark' once; steps run in .+\.\n\nRun: PENDING\n/);
    expect(stdout).toMatch(
      /Run: SUCCESS {2}\d+\.\d s\n\nStep score: success, exit code 0\n {2}scored 2 tracks\n\nFiles\n {2}results\/scores\.json\n/,
    );
    expect(stdout).toContain('\nResults\n  accuracy  0.55\n  stripes   0.725\n  rings     0.375\n');
    expect(stdout).toMatch(/^ {2}Rank \| Name \| Accuracy \| Stripes \| Rings$/m);
    expect(stdout).toMatch(/^ {5}1 \| you {2}\| {5}0\.55 \| {3}0\.725 \| 0\.375$/m);
    expect(stdout).toMatch(/\nPost-processing: SUCCESS\n {2}results\/plot\.svg\n$/);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('takes arguments, and shows what a failing step printed, private output included', async () => {
    writeFileSync(join(folder, 'rings.csv'), 'id,label\n61,1\n61,0\n');
    const { code, stdout } = await flowserv(`workflows try ${benchmark()} --arg rings=${folder}/rings.csv`);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^Run: ERROR/m);
    expect(stdout).toContain('\nStep score: failed, exit code 1\n');
    expect(stdout).toContain('\n  rings: line 3 repeats an id\n');
    expect(stdout).toContain('\nMessages\n');
    expect(stdout).not.toContain('Leaderboard');
  });

  it('shows why a run is not ranked, and the warnings of the source', async () => {
    const path = join(benchmark(), 'benchmark.yaml');
    const template = readFileSync(path, 'utf8');
    writeFileSync(
      path,
      template.replace('{name: rings, label', '{name: loops, label').replace('postproc:', 'postporc:'),
    );
    const { code, stdout, stderr } = await flowserv(`workflows try ${benchmark()}`);
    expect(code).toBe(0);
    expect(stderr).toContain("unknown key 'postporc'; did you mean 'postproc'? [key.unknown]");
    expect(stdout).toMatch(/\nNot ranked\n {2}.*loops/);
  });

  it('fails if post-processing fails, with its messages', async () => {
    writeFileSync(join(benchmark(), 'code/plot.py'), 'raise SystemExit("no plot today")\n');
    const { code, stdout } = await flowserv(`workflows try ${benchmark()}`);
    expect(code).toBe(1);
    expect(stdout).toMatch(/\nPost-processing: ERROR\n(?: {2}.*\n)*.*no plot today/);
  });

  it('reports the problems of a source, and unknown arguments, before it runs anything', async () => {
    expect(await flowserv(`workflows try ${benchmark()} --arg ring=x`)).toMatchObject({
      code: 1,
      stderr: "error: unknown parameter 'ring'; there are stripes, rings\n",
    });
    writeFileSync(join(benchmark(), 'benchmark.yaml'), 'workflow: {steps: []}\nparameters: 3\n');
    const { code, stdout, stderr } = await flowserv(`workflows try ${benchmark()}`);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^problem: benchmark\.yaml: parameters/m);
  });

  it('leaves nothing behind after Ctrl-C', async () => {
    writeFileSync(join(benchmark(), 'code/score.py'), 'import time\ntime.sleep(600)\n');
    const running = startProgram('flowserv', ['workflows', 'try', benchmark()], {
      env: { TMPDIR: temporary },
    });
    await running.shows('RUNNING');
    running.child.kill('SIGINT');
    const { code, stderr } = await running.outcome;
    expect([code, stderr]).toEqual([130, '\nstopping …\n']);
    expect(readdirSync(temporary)).toEqual([]);
  });
});
