import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RemoteRun } from '../../shared/remote-engines/contract.ts';
import { createHttp } from '../../shared/remote-engines/http.ts';
import { cwlAttachments, DOCUMENT_NAME } from '../../shared/remote-engines/wes/cwl.ts';
import { createWes } from '../../shared/remote-engines/wes/wes.ts';
import { input, runOf, step } from '../remote-engines/remote-run.ts';
import { cwltool, startSapporo } from './sapporo.ts';

const folder = mkdtempSync(join(tmpdir(), 'flowserv-cwl-'));
let sapporo: Awaited<ReturnType<typeof startSapporo>>;

beforeAll(async () => {
  sapporo = await startSapporo();
}, 300_000);
afterAll(async () => {
  await sapporo?.close();
  rmSync(folder, { recursive: true });
});

const engine = (token = sapporo.token) =>
  createWes(createHttp(sapporo.url, { headers: { authorization: `Bearer ${token}` } }), {
    workflowEngine: 'cwltool',
  });
const ended = (id: string) =>
  expect
    .poll(() => engine().state(id), { timeout: 60_000, interval: 200 })
    .toMatch(/finished|failed|stopped/);
async function execute(run: RemoteRun): Promise<string> {
  const id = await engine().create(run);
  await ended(id);
  return id;
}

it('cwltool finds nothing to warn of in the workflow of a run', async () => {
  const run = runOf(
    [step(0, ['true']), step(1, ['true'], { network: true }), step(2, ['true'])],
    [input('a', 'b')],
  );
  const attachment = cwlAttachments(run).find(({ name }) => name === DOCUMENT_NAME);
  const file = join(folder, DOCUMENT_NAME);
  writeFileSync(file, attachment?.text ?? '');
  const { stdout, stderr } = await promisify(execFile)(await cwltool(), ['--validate', '--strict', file]);
  expect(stdout).toContain('is valid CWL');
  expect(stderr).not.toMatch(/WARN|ERROR/);
});

describe('Sapporo with cwltool', () => {
  const awkward = 'data/a "b"\'s #1 $(id) ä.txt';

  it('executes the steps on one tree of files, and offers what they left', async () => {
    const variables = { f: awkward, v: `it's $HOME "$(id)" $(inputs.script) \${y}` };
    const commands = [
      ['cat "$f" >out/a.txt; echo more >>"$f"'],
      ['mkdir "out/ü [1]*?+%41"; printf %s "$v" >"out/ü [1]*?+%41/#x"'],
      ['cat "$f" >>out/a.txt; ln -s a.txt out/link; : >out/empty; cp out/a.txt result.json'],
    ];
    const steps = commands.map((of, index) => step(index, of, { variables, outputs: ['out/a.txt'] }));
    const run = runOf(steps, [input(awkward, 'ä1\n'), input('empty', '')]);
    const id = await execute(run);
    const opened = engine();
    expect(await opened.state(id)).toBe('finished');
    const files = [...(await opened.list(id, 'out/')), ...(await opened.list(id, 'result.json'))];
    const contents = files.map(async ({ path }) => [path, await text(await opened.download(id, path))]);
    const both = 'ä1\nä1\nmore\n';
    expect(Object.fromEntries(await Promise.all(contents))).toEqual({
      'out/a.txt': both,
      'out/empty': '',
      'out/link': both,
      'out/ü [1]*?+%41/#x': variables.v,
      'result.json': both,
    });
    expect(await opened.find(run.runId)).toBe(id);
    expect(await opened.find('f'.repeat(32))).toBeUndefined();
    expect((await opened.logs(id, run)).workflow).not.toMatch(/WARNING|ERROR/);
  }, 120_000);

  it('reports the output and the exit code of a failed step', async () => {
    const run = runOf([step(0, ['echo one']), step(1, ['echo two >&2; exit 3']), step(2, ['true'])]);
    const id = await execute(run);
    expect(await engine().state(id)).toBe('failed');
    expect((await engine().logs(id, run)).steps).toEqual([
      { step: 0, isFailed: false, exitCode: 0, text: 'one' },
      { step: 1, isFailed: true, exitCode: 3, text: 'two' },
    ]);
  }, 120_000);

  it('ends a step at its time limit', async () => {
    const size = { cpu: 1, memory: 512, disk: 21, timeout: 1 };
    const run = runOf([step(0, ['true']), step(1, ['sleep 60'], { size })]);
    const id = await execute(run);
    const { steps } = await engine().logs(id, run);
    expect(steps[1]).toMatchObject({
      step: 1,
      isFailed: true,
      text: expect.stringContaining('[job step_1] exceeded time limit of 1 seconds'),
    });
  }, 120_000);

  it('cancels a run', async () => {
    const run = runOf([step(0, ['sleep 60'])]);
    const id = await engine().create(run);
    await expect.poll(() => engine().state(id), { timeout: 30_000 }).toBe('running');
    await engine().stop(run.runId);
    await ended(id);
    expect(await engine().state(id)).toBe('stopped');
  }, 120_000);

  it('rejects a request without its token', async () => {
    await expect(engine('x').find('0')).rejects.toMatchObject({ name: 'EngineError', isPermanent: false });
  });
});
