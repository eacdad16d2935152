import { afterEach, describe, expect, it } from 'vitest';
import { advanceRun } from '../../shared/remote-engines/advance.ts';
import { createServices } from '../../shared/services/services.ts';
import { useWes } from '../remote-engines/use-wes.ts';
import { WES_TOKEN } from '../remote-engines/wes-server/server.ts';
import { installTemplate, oneStep } from './install-template.ts';
import { ENGINE, useEngineStack } from './remote-stack.ts';
import { poll } from './running-stack.ts';

const wes = useWes();
const { stack, installed, begin, advance, handle, endOf } = useEngineStack(WES_TOKEN, (tokenFile) => {
  const engine = { kind: 'wes', url: wes.url };
  return [
    { ...engine, id: ENGINE, tokenFile },
    { ...engine, id: 'no-token' },
  ];
});
afterEach(() => {
  wes.resume();
  expect(wes.faults).toEqual([]);
});

const runsOf = (runId: string) => wes.runs.filter(({ tags }) => tags['flowserv-run'] === runId);
const fileOf = async ({ id, files }: { id: string; files: { id: string; name: string }[] }, name: string) => {
  const file = files.find((one) => one.name === name);
  return stack.request('GET', `/runs/${id}/downloads/files/${file?.id}`, { token: installed.token });
};

describe('a run of a workflow at a WES server', () => {
  it('is executed there, and keeps its outputs and its rank like any other', async () => {
    const content = 'to be or not to be that is the question';
    const { json } = await stack.upload(installed.group, installed.token, 'my "text" #1.txt', content);
    const value = { type: '$file', value: { fileId: json.id } };
    const runId = await begin([
      { name: 'text', value },
      { name: 'shortest', value: 2 },
    ]);
    const run = await endOf(runId);
    expect(run.state).toBe('SUCCESS');
    expect(run.files.map(({ name }: { name: string }) => name)).toEqual([
      'results/words.tsv',
      'results/summary.json',
    ]);
    const summary = await fileOf(run, 'results/summary.json');
    expect(JSON.parse(summary.text)).toMatchObject({ total: 10, first: 'be' });
    const ranking = await poll(async () => {
      const reply = await stack.request('GET', `/workflows/${installed.workflow}/leaderboard`);
      return reply.json.ranking.length > 0 ? reply.json.ranking : undefined;
    }, 'the run was not ranked');
    expect(ranking[0].run.id).toBe(runId);
    expect(runsOf(runId)).toHaveLength(1);
  });

  it('keeps outputs whose sizes the server does not list', async () => {
    wes.state.isPaused = true;
    const id = await installTemplate(
      stack,
      oneStep(['mkdir out; echo 1 >"out/a b"; : >out/empty'], '', ['out/']),
      {},
      {
        engine: ENGINE,
      },
    );
    const runId = await begin([], await stack.group(id, installed.token, 'Sizes'));
    await advance(runId, async () => (runsOf(runId)[0]?.state() === 'QUEUED' ? true : undefined));
    const at = `/files/${runsOf(runId)[0]?.id}/outputs/out`;
    const files = ['a%20b', 'empty'].map((name) => ({ class: 'File', location: `${at}/${name}` }));
    const listing = [{ class: 'Directory', basename: 'out', listing: files }];
    Object.assign(wes.state, { log: () => ({ outputs: { outputs: { class: 'Directory', listing } } }) });
    wes.begin();
    const run = await endOf(runId);
    expect(run.files.map(({ name }: { name: string }) => name)).toEqual(['out/a b', 'out/empty']);
    expect((await fileOf(run, 'out/a b')).text).toBe('1\n');
    expect((await fileOf(run, 'out/empty')).text).toBe('');
  });

  it('shows each state, and ends as ERROR with the output of the failed step only', async () => {
    wes.state.isPaused = true;
    const { json } = await stack.upload(installed.group, installed.token, 'text.txt', '1 2 3');
    const runId = await begin([{ name: 'text', value: { type: '$file', value: { fileId: json.id } } }]);
    await advance(runId, async () => (runsOf(runId)[0]?.state() === 'QUEUED' ? true : undefined));
    expect((await handle(runId)).state).toBe('PENDING');
    runsOf(runId)[0]?.set('RUNNING');
    await advance(runId, async () => ((await handle(runId)).state === 'RUNNING' ? true : undefined));
    wes.resume();
    const run = await endOf(runId);
    expect(run.state).toBe('ERROR');
    expect(run.messages.join('\n')).toContain('count: the text has no word of 3 letters or more');
    expect(run.messages.join('\n')).not.toMatch(/INFO|flowserv [0-9a-f]{32}/);
  });

  it('is canceled there when it is canceled', async () => {
    wes.state.isPaused = true;
    const runId = await begin();
    await advance(runId, async () => (runsOf(runId)[0]?.state() === 'QUEUED' ? true : undefined));
    await stack.request('PUT', `/runs/${runId}`, { token: installed.token, body: {} });
    await poll(async () => (runsOf(runId)[0]?.state() === 'CANCELED' ? true : undefined), 'it goes on');
    expect((await handle(runId)).state).toBe('CANCELED');
  });

  it('is canceled by the call that creates it when it is canceled meanwhile, also without tags', async () => {
    const creating = Promise.withResolvers<void>();
    const canceled = Promise.withResolvers<void>();
    Object.assign(wes.state, { isPaused: true, listsTags: false, log: () => ({ request: undefined }) });
    wes.state.before = async (operation) => {
      if (operation !== 'POST /runs') return;
      creating.resolve();
      await canceled.promise;
    };
    const runId = await begin();
    await creating.promise;
    await stack.request('PUT', `/runs/${runId}`, { token: installed.token, body: {} });
    canceled.resolve();
    await poll(async () => (runsOf(runId)[0]?.state() === 'CANCELED' ? true : undefined), 'it goes on');
  });
});

describe('a fault of a WES server', () => {
  it('that loses responses leads to no second run there', async () => {
    for (const operation of [
      'GET /service-info',
      'POST /runs',
      'GET /runs',
      'GET /runs/ID/status',
      'GET /runs/ID',
    ]) {
      wes.state.lost.add(operation);
    }
    const runId = await begin();
    expect((await endOf(runId)).state).toBe('SUCCESS');
    expect([wes.state.lost.size, runsOf(runId).length]).toEqual([0, 1]);
  });

  it('that executes no CWL ends the run with a sentence', async () => {
    Object.assign(wes.state, { typeVersions: { WDL: { workflow_type_version: ['1.0'] } } });
    const run = await endOf(await begin());
    expect(run.messages.join()).toContain('the engine does not execute CWL v1.2; it offers WDL 1.0');
  });

  it.each([
    ['s3://bucket/words.tsv', "a location of 's3:'"],
    ['file:///etc/passwd', "a location of 'file:'"],
    ['http://169.254.169.254/latest/meta-data', 'another address'],
    ['//example.org/x', 'another address'],
  ])('that has outputs at %s ends the run with a sentence', async (location, where) => {
    const listing = [{ class: 'File', basename: 'words.tsv', location, size: 1 }];
    const outputs = { class: 'Directory', listing: [{ class: 'Directory', basename: 'results', listing }] };
    Object.assign(wes.state, { log: () => ({ outputs: { outputs } }) });
    const run = await endOf(await begin());
    expect(run.messages.join()).toContain(`the output 'results/words.tsv' is at ${where}`);
  });

  it('that lists files elsewhere does not place them among the outputs', async () => {
    const names = ['..', '.', 'etc', '/etc', '../../etc/passwd'];
    const files = names.map((basename) => ({ class: 'File', basename, location: 'x', size: 1 }));
    for (const [listing, end] of [
      [files.slice(0, 3), { state: 'SUCCESS', files: [] }],
      [files, { state: 'ERROR' }],
    ] as const) {
      Object.assign(wes.state, { log: () => ({ outputs: { outputs: { class: 'Directory', listing } } }) });
      expect(await endOf(await begin())).toMatchObject(end);
    }
  });

  it('that sends outputs too slowly lets the run wait', async () => {
    wes.state.isPaused = true;
    const runId = await begin();
    await advance(runId, async () => (runsOf(runId)[0]?.state() === 'QUEUED' ? true : undefined));
    wes.begin();
    await poll(async () => (runsOf(runId)[0]?.state() === 'COMPLETE' ? true : undefined), 'it goes on');
    let isListed = false;
    wes.state.before = async (operation) => {
      isListed ||= operation === 'GET /runs/ID';
    };
    // 13 minutes pass between the list and the downloads.
    const now = () => new Date(Date.now() + (isListed ? 780_000 : 0));
    await advanceRun(createServices(stack.services.config, now), { runId, engine: ENGINE });
    expect(isListed).toBe(true);
    expect((await handle(runId)).state).toBe('RUNNING');
    expect((await endOf(runId)).state).toBe('SUCCESS');
  });

  it('without a token lets the run wait', async () => {
    const id = await installTemplate(stack, oneStep(['true']), {}, { engine: 'no-token' });
    const runId = await begin([], await stack.group(id, installed.token, 'None'));
    const calls = wes.calls.length;
    await advance(runId, async () => (wes.calls.length > calls + 1 ? true : undefined), 'no-token');
    expect((await handle(runId)).state).toBe('PENDING');
    await stack.request('PUT', `/runs/${runId}`, { token: installed.token, body: {} });
  });
});
