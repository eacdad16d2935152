import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { reanaSpecification, stepScripts } from '../../shared/remote-engines/reana/specification.ts';
import { plannedStep, runDocument } from '../provenance/run-facts.ts';
import { REANA_TOKEN } from '../remote-engines/reana-server/server.ts';
import { useReana } from '../remote-engines/use-reana.ts';
import { pythonTool } from './python-tool.ts';

const PROGRAM = fileURLToPath(new URL('reana.py', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'flowserv-reana-client-'));
const server = useReana();
let python: string;

beforeAll(async () => {
  python = await pythonTool('python', 'reana.txt');
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true }));

/** REANA's own client and its validation, with the server that tests use in place of a cluster. */
it('reana-client accepts the specification of a run, and the responses of the server of the tests', async () => {
  const commands = ['tr a-z A-Z <data/in.txt >results/out.txt'];
  const step = (index: number) => plannedStep(index, { commands, variables: { x: "it's $x" }, env: {} });
  const { plan } = runDocument([step(0), step(1)]);
  const input = { path: 'data/in.txt', size: 3, open: () => Promise.reject(new Error('not opened')) };
  const run = { runId: '0', plan: { ...plan, outputs: ['results/out.txt'] }, inputs: [input] };
  const scripts = stepScripts(run).map(({ path, text }) => [path, text]);
  const [specification, files] = ['specification.json', 'files.json'].map((name) => join(folder, name));
  writeFileSync(specification ?? '', JSON.stringify(reanaSpecification(run)));
  writeFileSync(files ?? '', JSON.stringify({ 'data/in.txt': 'abc', ...Object.fromEntries(scripts) }));
  const { stdout } = await promisify(execFile)(python, [PROGRAM, specification ?? '', files ?? ''], {
    env: { PATH: process.env.PATH, REANA_SERVER_URL: server.url, REANA_ACCESS_TOKEN: REANA_TOKEN },
  });
  expect(JSON.parse(stdout)).toEqual({
    commands: [['sh .flowserv-steps/0.sh'], ['sh .flowserv-steps/1.sh']],
    created: 'created',
    ended: 'finished',
    jobs: [
      ['step-0', 'finished'],
      ['step-1', 'finished'],
    ],
    files: { 'results/out.txt': 'ABC' },
    listed: ['by-reana-client.1'],
    stopped: 'stopped',
  });
});
