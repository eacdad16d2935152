import { describe, expect, it } from 'vitest';
import { sweep } from '../../shared/maintenance/sweep.ts';
import { listDeliveries } from '../../shared/notifications/deliveries.ts';
import { addWebhook } from '../../shared/notifications/webhooks.ts';
import { keys } from '../../shared/store/keys.ts';
import { recompileWorkflow } from '../../shared/workflows/recompile.ts';
import { REANA_TOKEN } from '../remote-engines/reana-server/server.ts';
import { installTemplate, oneStep } from './install-template.ts';
import { servicesOf } from './own-function.ts';
import { ENGINE, useRemoteStack } from './remote-stack.ts';
import { poll } from './running-stack.ts';

const { reana, stack, installed, begin, workflowsOf, advance, handle, endOf } = useRemoteStack();

describe('a run of a workflow at REANA', () => {
  it('is executed there, and keeps its outputs and its rank like any other', async () => {
    const { json } = await stack.upload(
      installed.group,
      installed.token,
      'text.txt',
      'to be or not to be that is the question',
    );
    const text = { name: 'text', value: { type: '$file', value: { fileId: json.id } } };
    const input = { url: 'https://localhost/', events: ['run.ended'] as const };
    const { webhook } = await addWebhook(stack.services, 'operator', installed.workflow, input);
    const runId = await begin([text, { name: 'shortest', value: 2 }]);
    const run = await endOf(runId);
    expect(run).toMatchObject({ state: 'SUCCESS', arguments: expect.anything() });
    expect(run.files.map(({ name }: { name: string }) => name)).toEqual([
      'results/words.tsv',
      'results/summary.json',
    ]);
    await poll(async () => {
      const { entries } = await listDeliveries(stack.services, installed.workflow, webhook.id);
      return entries.find((delivery) => delivery.run?.id === runId);
    }, 'the webhook is not told');
    const path = `/runs/${runId}/downloads/files/${run.files[1].id}`;
    const summary = await stack.request('GET', path, { token: installed.token });
    expect(JSON.parse(summary.text)).toMatchObject({ total: 10, first: 'be' });
    const ranking = await poll(async () => {
      const reply = await stack.request('GET', `/workflows/${installed.workflow}/leaderboard`);
      return reply.json.ranking.length > 0 ? reply.json.ranking : undefined;
    }, 'the run was not ranked');
    expect(ranking[0].run.id).toBe(runId);
    expect(workflowsOf(runId)).toHaveLength(1);
    expect(await recompileWorkflow(stack.services, installed.workflow)).toEqual({
      id: installed.workflow,
      reasons: [],
    });
    expect(JSON.stringify(await stack.services.table.get(keys.run(runId)))).not.toContain(REANA_TOKEN);
  });

  it('shows each state, holds no vCPU, and ends as ERROR with the output of the failed step', async () => {
    reana.state.isPaused = true;
    const { json } = await stack.upload(installed.group, installed.token, 'text.txt', '1 2 3');
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
    const canceled = await stack.request('PUT', `/runs/${runId}`, { token: installed.token, body });
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
    const of = await stack.group(id, installed.token, 'Large');
    const value = 'x'.repeat(5000);
    const list = names.map((name) => ({ name, value }));
    const run = await endOf(await begin(list, of));
    expect(run.state).toBe('SUCCESS');
    const path = `/runs/${run.id}/downloads/files/${run.files[0].id}`;
    const { bytes } = await stack.request('GET', path, { token: installed.token });
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
    const runId = await begin([], await stack.group(slow, installed.token, 'Slow'));
    await creating.promise;
    await stack.request('PUT', `/runs/${runId}`, { token: installed.token, body: {} });
    canceled.resolve();
    await poll(async () => {
      const status = workflowsOf(runId)[0]?.status() ?? '';
      return /stopped|deleted/.test(status) ? true : undefined;
    }, 'the workflow was not stopped');
    expect((await handle(runId)).state).toBe('CANCELED');
  });
});
