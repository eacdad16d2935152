import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import type { RemoteRun } from '../../shared/remote-engines/contract.ts';
import { createHttp } from '../../shared/remote-engines/http.ts';
import { createWes } from '../../shared/remote-engines/wes/wes.ts';
import { input, runOf, step } from './remote-run.ts';
import { useWes } from './use-wes.ts';
import { WES_TOKEN } from './wes-server/server.ts';

const server = useWes();
afterEach(() => {
  server.resume();
  expect(server.faults).toEqual([]);
});

const engine = (token = WES_TOKEN) =>
  createWes(createHttp(server.url, { headers: { authorization: `Bearer ${token}` } }));

async function execute(run: RemoteRun): Promise<string> {
  const id = await engine().create(run);
  await expect.poll(() => engine().state(id)).toMatch(/finished|failed|stopped/);
  return id;
}

const AWKWARD = 'data/a "b"\'s #1 $(id) ä.txt';

describe('the client of a WES server', () => {
  it('runs the steps on one tree of files, and lists and downloads what they left', async () => {
    const value = `it's $HOME "$(id)" $(inputs.script) \${y}`;
    const run = runOf(
      [
        step(0, [`cat "$file" >out/a.txt`, 'X=1; echo hidden >other'], {
          outputs: ['out/a.txt'],
          variables: { file: AWKWARD },
        }),
        step(1, [], { skipped: true, image: '' }),
        step(2, ['printf %s "$v$X" >>out/a.txt; mkdir "out/ü [1]*?"; echo >"out/ü [1]*?/#.txt"'], {
          variables: { v: value },
        }),
        step(3, ['cp out/a.txt result.json; cp empty out/']),
      ],
      [input(AWKWARD, 'ä1'), input('empty', '')],
    );
    const id = await execute(run);
    expect(await engine().state(id)).toBe('finished');
    const size = Buffer.byteLength(`ä1${value}`);
    const opened = engine();
    const files = await opened.list(id, 'out/');
    expect(files.map(({ path, size: bytes }) => [path, bytes]).toSorted()).toEqual([
      ['out/a.txt', size],
      ['out/empty', 0],
      ['out/ü [1]*?/#.txt', 1],
    ]);
    expect(await text(await opened.download(id, 'out/a.txt'))).toBe(`ä1${value}`);
    expect(await text(await opened.download(id, 'out/ü [1]*?/#.txt'))).toBe('\n');
    expect(await opened.list(id, 'other')).toEqual([]);
    expect(await opened.list(id, 'result.json')).toMatchObject([{ path: 'result.json', size }]);
  });

  it('lets a step change static files', async () => {
    const run = runOf([step(0, ['true']), step(1, ['echo more >>f; cp f result.json'])], [input('f', 'x\n')]);
    const id = await execute(run);
    expect(await text(await engine().download(id, 'result.json'))).toBe('x\nmore\n');
  });

  it('keeps files that links lead to, and outputs inside others once', async () => {
    const commands = [
      'mkdir -p out/sub; echo 1 >out/sub/x; ln -s sub/x out/link; ln -s out/sub/x result.json',
    ];
    const id = await execute(runOf([step(0, commands)], [], ['out/sub/x', 'out/', 'absent/']));
    const paths = (await engine().list(id, 'out')).map(({ path }) => path);
    expect(paths.toSorted()).toEqual(['out/link', 'out/sub/x']);
    expect(await text(await engine().download(id, 'result.json'))).toBe('1\n');
  });

  it('reports which step failed with the output of all steps and its exit code', async () => {
    const run = runOf([
      step(0, ['echo one']),
      step(1, ['echo two >&2; printf 2; exit 3']),
      step(2, ['echo 3']),
    ]);
    const id = await execute(run);
    expect(await engine().state(id)).toBe('failed');
    const { steps } = await engine().logs(id, run);
    expect(steps).toEqual([
      { step: 0, isFailed: false, exitCode: 0, text: 'one' },
      { step: 1, isFailed: true, exitCode: 3, text: 'two\n2' },
    ]);
  });

  it('shows the end of a long output', async () => {
    const run = runOf([step(0, ['i=0; while [ $i -lt 9000 ]; do echo "line $i"; i=$((i+1)); done; exit 1'])]);
    const id = await execute(run);
    const [log] = (await engine().logs(id, run)).steps;
    expect(log?.text).toMatch(/line 8999$/);
    expect(log?.text.length).toBeLessThanOrEqual(32 * 1024);
  });

  it('blames a step that left no output for a run that ended early, with the log of the engine', async () => {
    const run = runOf([step(0, ['echo one']), step(1, ['sleep 60'])]);
    const id = await engine().create(run);
    await expect.poll(() => server.runs.at(-1)?.stderr()).toContain('[job step_1]');
    await engine().stop(run.runId);
    await engine().stop(run.runId);
    expect(await engine().state(id)).toBe('stopped');
    const { steps } = await engine().logs(id, run);
    expect(steps[1]).toMatchObject({
      step: 1,
      isFailed: true,
      text: expect.stringContaining('[job step_1]'),
    });
    expect(server.calls.filter((call) => call === 'POST /runs/ID/cancel')).toHaveLength(1);
  });

  it('reads logs from texts and tasks', async () => {
    const run = runOf([step(0, ['echo broken; exit 4'])]);
    const id = await execute(run);
    const stderr = server.runs.at(-1)?.stderr() ?? '';
    const expected = [{ step: 0, isFailed: true, exitCode: 4, text: 'broken' }];
    for (const log of [
      { run_log: { stderr } },
      { run_log: null, task_logs: [{ id: '1', name: 'step_0', exit_code: 4, stdout: '', stderr }] },
    ]) {
      // A server may send null, which the document does not permit.
      Object.assign(server.state, { log: () => log });
      expect((await engine().logs(id, run)).steps).toEqual(expected);
    }
    server.faults.splice(0);
    Object.assign(server.state, { log: () => ({ run_log: { system_logs: ['disk full'] } }) });
    expect(await engine().logs(id, run)).toEqual({ steps: [], workflow: 'disk full' });
  });

  it('treats a run that is gone as stopped', async () => {
    expect(await engine().state('gone')).toBe('stopped');
    await engine().stop('0', 'gone');
  });
});

describe('a run at a WES server', () => {
  it('is found by its tag on any page, and only that', async () => {
    server.state.isPaused = true;
    const wanted = runOf([step(0, ['true'])]);
    const id = await engine().create(wanted);
    for (let i = 0; i < 5; i += 1) await engine().create(runOf([step(0, ['true'])]));
    expect(await engine().find(wanted.runId)).toBe(id);
    expect(await engine().find('f'.repeat(32))).toBeUndefined();
  });

  it('is found by its log where the server lists no tags', async () => {
    Object.assign(server.state, { listsTags: false, pageSize: 100 });
    const run = runOf([step(0, ['true'])]);
    const id = await engine().create(run);
    expect(await engine().find(run.runId)).toBe(id);
    expect(await engine().find('f'.repeat(32))).toBeUndefined();
  });

  it('is not started again where no tags are shown', async () => {
    Object.assign(server.state, { listsTags: false, log: () => ({ request: undefined }) });
    await engine().create(runOf([step(0, ['true'])]));
    await expect(engine().find('f'.repeat(32))).rejects.toMatchObject({
      isPermanent: true,
      message: expect.stringContaining('does not show the tags of runs; start the run again'),
    });
  });

  it('is not started where pages do not end', async () => {
    let page = 0;
    server.state.misbehave = (_, response) => {
      page += 1;
      response.end(JSON.stringify({ runs: [], next_page_token: String(page) }));
      return true;
    };
    await expect(engine().find('f'.repeat(32))).rejects.toMatchObject({ isPermanent: true });
    expect(page).toBe(50);
  });

  it.each([
    [{ WDL: { workflow_type_version: ['1.0', 'draft-2'] }, NFL: {} }, 'it offers WDL 1.0, draft-2; NFL'],
    [{ CWL: { workflow_type_version: ['v1.0'] } }, 'it offers CWL v1.0'],
    [{}, 'it offers nothing'],
  ])('is rejected where the server has the types %j', async (typeVersions, message) => {
    Object.assign(server.state, { typeVersions });
    await expect(engine().create(runOf([step(0, ['true'])]))).rejects.toMatchObject({
      isPermanent: true,
      message: expect.stringContaining(`the engine does not execute CWL v1.2; ${message}`),
    });
  });

  it('names the engine that the server needs, and the version as the server spells it', async () => {
    Object.assign(server.state, { typeVersions: { CWL: { workflow_type_version: ['1.2'] } } });
    const sent: string[] = [];
    const http = createHttp(server.url, { headers: { authorization: `Bearer ${WES_TOKEN}` } });
    const spied: typeof http = {
      ...http,
      json: async (call, ...rest) => {
        if (!call.file) return http.json(call, ...rest);
        const bytes = await text(call.file.body);
        expect(Buffer.byteLength(bytes)).toBe(call.file.size);
        sent.push(bytes);
        return rest[0].parse({ run_id: 'x' });
      },
    };
    await createWes(spied, { workflowEngine: 'cwltool' }).create(
      runOf([step(0, ['true'])], [input('a', 'b')]),
    );
    expect(sent[0]).toContain('name="workflow_engine"\r\n\r\ncwltool\r\n');
    expect(sent[0]).toContain('name="workflow_type_version"\r\n\r\n1.2\r\n');
  });
});
