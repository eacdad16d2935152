import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import type { RemoteRun } from '../../shared/remote-engines/contract.ts';
import { createHttp } from '../../shared/remote-engines/http.ts';
import { createReana } from '../../shared/remote-engines/reana/reana.ts';
import { reanaSpecification, stepScripts } from '../../shared/remote-engines/reana/specification.ts';
import { REANA_TOKEN } from './reana-server/server.ts';
import { input, runOf, step } from './remote-run.ts';
import { useReana } from './use-reana.ts';

const server = useReana();
afterEach(() => {
  server.state.misbehave = () => false;
  expect(server.faults).toEqual([]);
});

const engine = (token = REANA_TOKEN) =>
  createReana(createHttp(server.url, { query: { access_token: token } }));

async function ended(id: string): Promise<string> {
  return expect
    .poll(() => engine().state(id))
    .toMatch(/finished|failed|stopped/)
    .then(() => engine().state(id));
}

async function execute(run: RemoteRun): Promise<string> {
  const id = await engine().create(run);
  await engine().start(id, run);
  await ended(id);
  return id;
}

describe('the specification for REANA', () => {
  const value = `it's $HOME "$(id)" \`x\``;
  const run = runOf(
    [
      step(0, ['echo "${FLOWSERV_ARG_x}"'], {
        name: 'a b',
        variables: { FLOWSERV_ARG_x: value },
        image: 'alpine:3',
      }),
      step(1, [], { skipped: true, image: '' }),
      step(2, ['true'], { size: { cpu: 2, memory: 4096, disk: 21, timeout: 60 } }),
    ],
    [input('data/in.txt', 'x')],
  );

  it('has a step for each executed step, with its image, memory and time limit', () => {
    const { workflow, inputs, outputs } = reanaSpecification(run);
    expect(workflow).toMatchObject({ type: 'serial' });
    expect(workflow.specification.steps).toEqual([
      expect.objectContaining({ name: 'step-0', environment: 'alpine:3', kubernetes_memory_limit: '2048Mi' }),
      expect.objectContaining({
        name: 'step-2',
        kubernetes_memory_limit: '4096Mi',
        kubernetes_job_timeout: 60,
      }),
    ]);
    expect(inputs.files).toEqual(['data/in.txt', '.flowserv-steps/0.sh', '.flowserv-steps/2.sh']);
    expect(outputs).toEqual({ files: ['result.json'], directories: ['out'] });
  });

  it('keeps values of arguments out of its commands, where REANA would expand them', () => {
    expect(JSON.stringify(reanaSpecification(run))).not.toContain('$');
    expect(stepScripts(run)[0]?.text).toContain(`export FLOWSERV_ARG_x='it'\\''s $HOME`);
  });
});

describe('the client of REANA', () => {
  it('uploads the inputs, runs the steps in one folder, and lists and downloads what they left', async () => {
    const value = `it's $HOME "$(id)"`;
    const run = runOf(
      [
        step(0, ['cat data/in.txt >out/a.txt', 'X=1'], { outputs: ['out/a.txt'] }),
        step(1, ['printf %s "$v$X" >>out/a.txt; cp out/a.txt result.json'], { variables: { v: value } }),
      ],
      [input('data/in.txt', 'ä1'), input('empty', '')],
    );
    const id = await execute(run);
    expect(await engine().state(id)).toBe('finished');
    const files = await engine().list(id, 'out/');
    expect(files).toEqual([{ path: 'out/a.txt', size: Buffer.byteLength(`ä1${value}`) }]);
    expect(await text(await engine().download(id, 'out/a.txt'))).toBe(`ä1${value}`);
    expect(await engine().list(id, 'absent')).toEqual([]);
    expect(readFileSync(join(server.workflows.at(-1)?.workspace ?? '', 'empty'), 'utf8')).toBe('');
  });

  it('finds the workflow of a run by its name, and only that', async () => {
    const [one, other] = [runOf([step(0, ['true'])]), runOf([step(0, ['true'])])];
    const id = await engine().create(one);
    expect(await engine().find(one.runId)).toBe(id);
    expect(await engine().find(other.runId)).toBeUndefined();
  });

  it('may start a workflow twice', async () => {
    const run = runOf([step(0, ['echo once >>out/n'], { outputs: ['out/n'] })]);
    const id = await execute(run);
    await engine().start(id, run);
    expect(await text(await engine().download(id, 'out/n'))).toBe('once\n');
  });

  it('reports which step failed with the output of all steps', async () => {
    const run = runOf([step(0, ['echo one']), step(1, ['echo two >&2; exit 3']), step(2, ['echo three'])]);
    const id = await execute(run);
    expect(await engine().state(id)).toBe('failed');
    const { steps } = await engine().logs(id, run);
    expect(steps).toEqual([
      { step: 0, isFailed: false, text: 'one\n' },
      { step: 1, isFailed: true, text: 'two\n' },
    ]);
  });

  it('stops a queued workflow and removes one that was not started', async () => {
    server.state.isPaused = true;
    const [queued, created] = [runOf([step(0, ['true'])]), runOf([step(0, ['true'])])];
    const id = await engine().create(queued);
    await engine().start(id, queued);
    expect(await engine().state(id)).toBe('queued');
    const other = await engine().create(created);
    expect(await engine().state(other)).toBe('created');
    for (const { runId } of [queued, created, queued, runOf([])]) await engine().stop(runId);
    expect([await engine().state(id), await engine().state(other)]).toEqual(['stopped', 'stopped']);
    expect(await engine().find(created.runId)).toBeUndefined();
    server.state.isPaused = false;
  });

  it('treats a workflow that is gone as stopped', async () => {
    expect(await engine().state('00000000-0000-0000-0000-000000000000')).toBe('stopped');
  });
});

describe('requests to an engine', () => {
  const find = (token?: string) => engine(token).find('0'.repeat(32));

  it('fail without the token in the message', async () => {
    const error = await find('wrong-token').catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: 'EngineError', status: 403, isPermanent: false });
    expect(String(error)).not.toContain('wrong-token');
  });

  it('follow no redirect', async () => {
    server.state.misbehave = (_, response) => {
      response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end();
      return true;
    };
    await expect(find()).rejects.toThrow('status 302: redirected elsewhere');
  });

  it.each([
    ['is not JSON', 'x'],
    ['has another form', '{"items": [{"id": "../../etc", "name": 1}]}'],
    ['is longer than 4 MiB', `{"items": [], "x": "${'x'.repeat(4 * 1024 * 1024)}"}`],
  ])('fail when the response %s', async (_, body) => {
    server.state.misbehave = (_operation, response) => {
      response.end(body);
      return true;
    };
    await expect(find()).rejects.toThrow(/published form|longer than/);
  });

  it('fail when the connection breaks', async () => {
    server.state.misbehave = (_, response) => {
      response.destroy();
      return true;
    };
    await expect(find()).rejects.toMatchObject({ name: 'EngineError', status: undefined });
  });

  it('repeat at most 500 characters of an error message', async () => {
    server.state.misbehave = (_, response) => {
      response.writeHead(400).end(JSON.stringify({ message: 'm'.repeat(9000) }));
      return true;
    };
    const error = await find().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ isPermanent: true });
    expect(String(error).length).toBeLessThan(600);
  });
});
