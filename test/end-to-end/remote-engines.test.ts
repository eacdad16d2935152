import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sweep } from '../../shared/maintenance/sweep.ts';
import { advanceRun } from '../../shared/remote-engines/advance.ts';
import { readAnyRun } from '../../shared/runs/run.ts';
import { createServices } from '../../shared/services/services.ts';
import { keys } from '../../shared/store/keys.ts';
import { recompileWorkflow } from '../../shared/workflows/recompile.ts';
import { cliWith } from '../bin/run-cli.ts';
import { REANA_TOKEN, type ReanaServer, startReanaServer } from '../remote-engines/reana-server/server.ts';
import { expectConsistency } from './consistency.ts';
import { installTemplate, oneStep, SCORES } from './install-template.ts';
import { servicesOf } from './own-function.ts';
import { poll, type RunningStack, runStack } from './running-stack.ts';

const ENGINE = 'cern';
const WORD_COUNT = new URL('../../examples/word-count', import.meta.url).pathname;

let reana: ReanaServer;
let stack: RunningStack;
let folder: string;
let alice: { id: string; token: string };
let workflow: string;
let group: string;

beforeAll(async () => {
  reana = await startReanaServer();
  folder = mkdtempSync(join(tmpdir(), 'flowserv-token-'));
  writeFileSync(join(folder, 'token'), `${REANA_TOKEN}\n`);
  const tokenFile = join(folder, 'token');
  const engine = { kind: 'reana', url: reana.url, tokenFile };
  const engines = [
    { ...engine, id: ENGINE },
    { ...engine, id: 'trusted', privateFiles: true },
  ];
  stack = await runStack({ FLOWSERV_ENGINES: JSON.stringify(engines), FLOWSERV_QUOTA_ACTIVE_RUNS: '5' });
  alice = await stack.user('alice');
  const flowserv = cliWith({ FLOWSERV_API_DIR: stack.dataDir });
  const planned = await flowserv(`workflows create ${WORD_COUNT} --engine ${ENGINE} --dry-run`);
  expect(planned.stdout).toContain('State machines   : none');
  const { stdout } = await flowserv(`workflows create ${WORD_COUNT} --engine ${ENGINE}`);
  workflow = stdout.trim().split('=')[1] ?? '';
  group = await stack.group(workflow, alice.token, 'Team');
});
afterEach(async () => {
  reana.resume();
  expect(reana.faults).toEqual([]);
  expect(stack.faults).toEqual([]);
});
afterAll(async () => {
  try {
    await expectConsistency(stack.services);
  } finally {
    await stack.close();
    await reana.close();
    rmSync(folder, { recursive: true });
  }
});

const begin = async (args: readonly object[] = [], of = group): Promise<string> => {
  const body = { arguments: args };
  const { json, status } = await stack.request('POST', `/groups/${of}/runs`, { token: alice.token, body });
  expect(status).toBe(201);
  return json.id;
};

const workflowsOf = (runId: string) => reana.workflows.filter(({ name }) => name === `flowserv-${runId}`);

/** Calls the function of remote runs until the condition holds, as the sweep does each minute. */
const advance = async <T>(runId: string, ask: () => Promise<T | undefined>, engine = ENGINE): Promise<T> =>
  poll(async () => {
    await stack.services.messages.remoteRun({ runId, engine });
    return ask();
  }, `run ${runId} did not get there`);

const handle = async (runId: string) =>
  (await stack.request('GET', `/runs/${runId}`, { token: alice.token })).json;
const endOf = (runId: string, engine?: string) =>
  advance(
    runId,
    async () => {
      const run = await handle(runId);
      return ['SUCCESS', 'ERROR', 'CANCELED'].includes(run.state) ? run : undefined;
    },
    engine,
  );

describe('a run of a workflow at REANA', () => {
  it('is executed there, and keeps its outputs and its rank like any other', async () => {
    const { json } = await stack.upload(
      group,
      alice.token,
      'text.txt',
      'to be or not to be that is the question',
    );
    const text = { name: 'text', value: { type: '$file', value: { fileId: json.id } } };
    const runId = await begin([text, { name: 'shortest', value: 2 }]);
    const run = await endOf(runId);
    expect(run).toMatchObject({ state: 'SUCCESS', arguments: expect.anything() });
    expect(run.files.map(({ name }: { name: string }) => name)).toEqual([
      'results/words.tsv',
      'results/summary.json',
    ]);
    const path = `/runs/${runId}/downloads/files/${run.files[1].id}`;
    const summary = await stack.request('GET', path, { token: alice.token });
    expect(JSON.parse(summary.text)).toMatchObject({ total: 10, first: 'be' });
    const ranking = await poll(async () => {
      const reply = await stack.request('GET', `/workflows/${workflow}/leaderboard`);
      return reply.json.ranking.length > 0 ? reply.json.ranking : undefined;
    }, 'the run was not ranked');
    expect(ranking[0].run.id).toBe(runId);
    expect(workflowsOf(runId)).toHaveLength(1);
    expect(await recompileWorkflow(stack.services, workflow)).toEqual({ id: workflow, reasons: [] });
    expect(JSON.stringify(await stack.services.table.get(keys.run(runId)))).not.toContain(REANA_TOKEN);
  });

  it('shows each state, holds no vCPU, and ends as ERROR with the output of the failed step', async () => {
    reana.state.isPaused = true;
    const { json } = await stack.upload(group, alice.token, 'text.txt', '1 2 3');
    const runId = await begin([{ name: 'text', value: { type: '$file', value: { fileId: json.id } } }]);
    await advance(runId, async () => (workflowsOf(runId)[0]?.status() === 'queued' ? true : undefined));
    expect((await handle(runId)).state).toBe('PENDING');
    expect((await stack.services.table.get(keys.capacity()))?.inUse).toBe(0);
    workflowsOf(runId)[0]?.set('running');
    await advance(runId, async () => ((await handle(runId)).state === 'RUNNING' ? true : undefined));
    reana.resume();
    const run = await endOf(runId);
    expect(run.state).toBe('ERROR');
    expect(run.messages.join('\n')).toContain('count: the text has no word of 3 letters or more');
  });

  it('is stopped there when it is canceled, and leaves nothing behind', async () => {
    reana.state.isPaused = true;
    const runId = await begin();
    await advance(runId, async () => (workflowsOf(runId)[0]?.status() === 'queued' ? true : undefined));
    const body = { reason: 'enough' };
    const canceled = await stack.request('PUT', `/runs/${runId}`, { token: alice.token, body });
    expect(canceled.json.state).toBe('CANCELED');
    await poll(async () => (workflowsOf(runId)[0]?.status() === 'stopped' ? true : undefined), 'it goes on');
    expect((await handle(runId)).messages).toEqual(['enough']);
  });

  it('ends as ERROR with `unknown reason` if the engine ended it without logs', async () => {
    reana.state.isPaused = true;
    const runId = await begin();
    await advance(runId, async () => (workflowsOf(runId)[0]?.status() === 'queued' ? true : undefined));
    workflowsOf(runId)[0]?.set('deleted');
    const run = await endOf(runId);
    expect(run.messages).toEqual([
      'unknown reason',
      "step 'count': the remote engine ended the workflow early",
    ]);
  });

  it('may have a plan that is too large for the table', async () => {
    const names = Array.from({ length: 30 }, (_, i) => `n${i}`);
    const parameters = names.map((name) => `  - {name: ${name}, dtype: string}`).join('\n');
    const commands = names.map((name) => `printf %s "$[[${name}]]" >>all.txt`);
    const text = `parameters:
${parameters}
workflow:
  files: {outputs: [all.txt]}
  steps:
    - name: write
      action: {environment: "alpine:3", commands: ${JSON.stringify(commands)}}
`;
    const id = await installTemplate(stack, text, {}, { engine: ENGINE });
    const of = await stack.group(id, alice.token, 'Large');
    const value = 'x'.repeat(5000);
    const list = names.map((name) => ({ name, value }));
    const run = await endOf(await begin(list, of));
    expect(run.state).toBe('SUCCESS');
    const path = `/runs/${run.id}/downloads/files/${run.files[0].id}`;
    const { bytes } = await stack.request('GET', path, { token: alice.token });
    expect(bytes.toString()).toBe('x'.repeat(names.length * value.length));
  });

  it('is polled by the sweep', async () => {
    const runId = await begin();
    const later = { ...servicesOf(stack, 'sweep'), now: () => new Date(Date.now() + 600_000) };
    await poll(async () => {
      await sweep(later);
      return (await handle(runId)).state === 'SUCCESS' ? true : undefined;
    }, 'the sweep did not end the run');
  });
});

describe('a fault of the engine', () => {
  it('that loses responses leads to no second workflow', async () => {
    for (const operation of ['create_workflow', 'start_workflow', 'get_workflow_status']) {
      reana.state.lost.add(operation);
    }
    const runId = await begin();
    expect((await endOf(runId)).state).toBe('SUCCESS');
    expect([reana.state.lost.size, workflowsOf(runId).length]).toEqual([0, 1]);
  });

  it('that lasts lets the run wait, and its end lets the run continue', async () => {
    reana.state.misbehave = (_, response) => {
      response.writeHead(503).end();
      return true;
    };
    const runId = await begin();
    const calls = reana.calls.length;
    await advance(runId, async () => (reana.calls.length > calls + 1 ? true : undefined));
    const reason = `the remote engine '${ENGINE}' fails or cannot be reached; trying again each minute`;
    expect(await handle(runId)).toMatchObject({ state: 'PENDING', reason, since: expect.any(String) });
    reana.state.misbehave = () => false;
    expect((await endOf(runId)).state).toBe('SUCCESS');
  });

  it('that lasts for a day ends the run', async () => {
    reana.state.misbehave = (_, response) => {
      response.writeHead(503).end();
      return true;
    };
    const runId = await begin();
    await advance(runId, async () => (await readAnyRun(stack.services, runId))?.remoteSince);
    const later = createServices(stack.services.config, () => new Date(Date.now() + 25 * 3_600_000));
    await advanceRun(later, { runId, engine: ENGINE });
    expect((await handle(runId)).messages).toEqual([
      "step 'count': the remote engine did not begin the run within 24 hours",
    ]);
  });

  it('that rejects the workflow ends the run with its message', async () => {
    reana.state.misbehave = (operation, response) => {
      if (operation !== 'create_workflow') return false;
      response.writeHead(400).end('{"message": "Image is not allowed"}');
      return true;
    };
    const run = await endOf(await begin());
    expect(run.messages.join()).toContain(
      "the engine 'cern' rejected the run: status 400: Image is not allowed",
    );
  });

  it('that lists files elsewhere does not place them among the outputs', async () => {
    const names = ['../../etc/passwd', 'results/words.tsv/../../x', 'other/file', '/etc/passwd'];
    reana.state.misbehave = (operation, response) => {
      if (operation !== 'get_files') return false;
      const items = names.map((name) => ({ name, size: { raw: 1 } }));
      response.end(JSON.stringify({ items }));
      return true;
    };
    const run = await endOf(await begin());
    expect(run).toMatchObject({ state: 'SUCCESS', files: [] });
    expect(run.warnings.map(({ code }: { code: string }) => code)).toContain('output.missing');
  });
});

describe('a run that is canceled while its workflow is being created', () => {
  it('is stopped by the call that created it', async () => {
    const creating = Promise.withResolvers<void>();
    const canceled = Promise.withResolvers<void>();
    reana.state.before = async (operation) => {
      if (operation !== 'create_workflow') return;
      creating.resolve();
      await canceled.promise;
    };
    // A workflow that ends before it is stopped cannot be stopped.
    const slow = await installTemplate(stack, oneStep(['sleep 60']), {}, { engine: ENGINE });
    const runId = await begin([], await stack.group(slow, alice.token, 'Slow'));
    await creating.promise;
    await stack.request('PUT', `/runs/${runId}`, { token: alice.token, body: {} });
    canceled.resolve();
    await poll(async () => {
      const status = workflowsOf(runId)[0]?.status() ?? '';
      return /stopped|deleted/.test(status) ? true : undefined;
    }, 'the workflow was not stopped');
    expect((await handle(runId)).state).toBe('CANCELED');
  });
});

describe('an engine that may get private files', () => {
  const beginWith = async (command: string) => {
    const template = `workflow:
  steps:
    - name: score
      files: {outputs: [result.json]}
      action: {environment: "alpine:3", commands: ["${command}"]}
${SCORES}`;
    const files = { 'secret/truth.json': { text: '{"score": 1}', access: 'private' as const } };
    const id = await installTemplate(stack, template, files, { engine: 'trusted' });
    return begin([], await stack.group(id, alice.token, 'Trusted'));
  };

  it('gets them with the other inputs, and the output of steps stays private', async () => {
    const end = async (command: string) => endOf(await beginWith(command), 'trusted');
    expect(await end('cp secret/truth.json result.json')).toMatchObject({ state: 'SUCCESS' });
    const failed = await end('cat secret/truth.json; exit 3');
    expect(failed.state).toBe('ERROR');
    expect(failed.messages.join()).not.toContain('score": 1');
  });

  it('stops the run when it may not any more', async () => {
    reana.state.isPaused = true;
    const runId = await beginWith('true');
    const isQueued = async () => (workflowsOf(runId)[0]?.status() === 'queued' ? true : undefined);
    await advance(runId, isQueued, 'trusted');
    const { config } = stack.services;
    const engines = config.engines.map((engine) => ({ ...engine, privateFiles: false }));
    await poll(async () => {
      await advanceRun(createServices({ ...config, engines }), { runId, engine: 'trusted' });
      return (await handle(runId)).state === 'ERROR' ? true : undefined;
    }, 'the run goes on');
    expect(workflowsOf(runId)[0]?.status()).toBe('stopped');
  });
});
