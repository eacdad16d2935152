import type { SQSEvent } from 'aws-lambda';
import { beforeAll, describe, expect, it } from 'vitest';
import { createHandler as createDispatch } from '../../functions/dispatch.ts';
import { createHandler as createSettle } from '../../functions/settle-run.ts';
import { sweep } from '../../shared/maintenance/sweep.ts';
import { cancelRun } from '../../shared/runs/cancel.ts';
import { findRun } from '../../shared/runs/run.ts';
import { settleRun } from '../../shared/runs/settle.ts';
import { nextStep } from '../../shared/runs/steps/next-step.ts';
import { executionArn } from '../../shared/services/executions.ts';
import { keys } from '../../shared/store/keys.ts';
import { readLeaderboardState } from '../../shared/workflows/leaderboard-state.ts';
import { expectConsistency } from './consistency.ts';
import { installTemplate, PAUSE_AND_SCORE, start } from './install-template.ts';
import {
  admittedRun,
  finishedRun,
  playTask,
  queuedRun,
  startedRun,
  stopped,
  whileFull,
} from './played-run.ts';
import { begun, gone, processesWith } from './processes.ts';
import { poll } from './running-stack.ts';
import { useStack } from './stack-fixture.ts';

/** A run from admission to its end, with lost, duplicate and late messages. */
const stack = useStack({ check: 'consistency' });
let alice: { id: string; token: string };
let workflow: string;
let group: string;

beforeAll(async () => {
  alice = await stack.user('alice');
  workflow = await installTemplate(stack, PAUSE_AND_SCORE, {}, { id: 'W' });
  group = await stack.group(workflow, alice.token, 'Group');
});

const stored = (runId: string) => findRun(stack.services, runId);
const results = async () => (await readLeaderboardState(stack.services, workflow)).results;

/** An SQS event of execution status changes, as EventBridge sends them. */
async function statusEvents(runId: string, ...statuses: string[]): Promise<SQSEvent> {
  const { machineArn } = await stored(runId);
  const Records = statuses.map((status, index) => ({
    messageId: `message-${index}`,
    receiptHandle: '',
    body: JSON.stringify({ detail: { executionArn: executionArn(machineArn, runId), status } }),
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: '0',
      SenderId: '',
      ApproximateFirstReceiveTimestamp: '0',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: '',
    awsRegion: 'us-east-1',
  }));
  return { Records };
}

const settle = (event: SQSEvent) => createSettle(stack.services)(event);
const nothingFailed = { batchItemFailures: [] };

describe('a lost message', () => {
  it('for the dispatcher is recovered by the call of the next minute', async () => {
    const runId = await queuedRun(stack, group);
    await createDispatch(stack.services)({});
    expect((await stack.ended(runId, alice.token)).state).toBe('SUCCESS');
  });

  it('for Step Functions is recovered by the sweep, when the check is due', async () => {
    const runId = await admittedRun(stack, group);
    await sweep(stack.services);
    expect((await stored(runId)).state).toBe('PENDING');
    const past = new Date(Date.now() - 1000).toISOString();
    await stack.services.table.update(keys.run(runId), { set: { dueAt: past } });
    await poll(async () => ((await sweep(stack.services)) > 0 ? true : undefined), 'nothing is due');
    expect((await stack.ended(runId, alice.token)).state).toBe('SUCCESS');
  });
});

describe('settling', () => {
  it('happens once, whatever the number and source of the requests', async () => {
    const before = await results();
    const runId = await finishedRun(stack, group, '{"score": 2}');
    await Promise.all(Array.from({ length: 8 }, () => settleRun(stack.services, runId, true)));
    await settleRun(stack.services, runId, false);
    const run = await stored(runId);
    expect(run).toMatchObject({ state: 'SUCCESS', settled: true });
    expect(await results()).toBe(before + 1);
    await expectConsistency(stack.services);
  });

  it('by status events tolerates lost, duplicate and late events', async () => {
    const runId = await finishedRun(stack, group, '{"score": 3}');
    const events = await statusEvents(runId, 'RUNNING', 'SUCCEEDED', 'SUCCEEDED', 'RUNNING', 'ABORTED');
    expect(await settle(events)).toEqual(nothingFailed);
    const run = await stored(runId);
    expect(run.state).toBe('SUCCESS');
    expect(await settle(events)).toEqual(nothingFailed);
    expect(await stored(runId)).toEqual(run);
  });

  it('by a status event ends a run whose execution ended without settling it', async () => {
    const { id } = await startedRun(stack, group);
    expect(await settle(await statusEvents(id, 'RUNNING'))).toEqual(nothingFailed);
    expect((await stored(id)).state).toBe('RUNNING');
    expect(await settle(await statusEvents(id, 'TIMED_OUT'))).toEqual(nothingFailed);
    expect(await stored(id)).toMatchObject({
      state: 'ERROR',
      messages: ['the run was interrupted before its last step'],
    });
  });

  it('J35: follows the execution through any number of checks to success, an error or a cancel', async () => {
    const look = async (id: string) => settle(await statusEvents(id, 'RUNNING'));
    const running = await startedRun(stack, group);
    for (let looks = 0; looks < 3; looks += 1) await look(running.id);
    expect((await stored(running.id)).state).toBe('RUNNING');
    await cancelRun(stack.services, await stored(running.id));
    await look(running.id);
    expect(await stored(running.id)).toMatchObject({ state: 'CANCELED' });

    const succeeding = await finishedRun(stack, group, '{"score": 4}');
    await settle(await statusEvents(succeeding, 'SUCCEEDED'));
    expect(await stored(succeeding)).toMatchObject({ state: 'SUCCESS' });

    const failing = await startedRun(stack, group);
    await playTask(stack, failing.ticket, { exitCode: 7, files: {} });
    await nextStep(stack.services, { runId: failing.id, outcome: stopped(7) });
    await settle(await statusEvents(failing.id, 'FAILED'));
    expect(await stored(failing.id)).toMatchObject({
      state: 'ERROR',
      messages: ['out', "step 'only' ended with exit code 7"],
    });
  });

  it('by a status event for a missing run does nothing', async () => {
    const runId = await finishedRun(stack, group, '{}');
    const events = await statusEvents(runId, 'SUCCEEDED');
    const unknown = JSON.parse(JSON.stringify(events).replaceAll(runId, 'f'.repeat(32)));
    expect(await settle(unknown)).toEqual(nothingFailed);
    expect(await settle(events)).toEqual(nothingFailed);
  });

  it('waits for the last step', async () => {
    const runId = await admittedRun(stack, group);
    await settleRun(stack.services, runId, false);
    expect((await stored(runId)).state).toBe('PENDING');
    await nextStep(stack.services, { runId, outcome: null });
    await settleRun(stack.services, runId, false);
    expect((await stored(runId)).state).toBe('RUNNING');
    await expectConsistency(stack.services);
    await cancelRun(stack.services, await stored(runId));
  });
});

describe('cancel', () => {
  it('removes a waiting run from the queue', async () => {
    await whileFull(stack, async () => {
      const runId = await queuedRun(stack, group);
      const canceled = await stack.request('PUT', `/runs/${runId}`, { token: alice.token });
      expect(canceled.json).toMatchObject({ state: 'CANCELED', messages: ['canceled at user request'] });
      expect(canceled.json.startedAt).toBe(canceled.json.finishedAt);
      expect(await stack.services.table.list(keys.queue())).toEqual([]);
    });
    await expectConsistency(stack.services);
  });

  it('ends the processes of a run', async () => {
    const { json } = await start(stack, group, alice.token, { pause: 4321 });
    const running = await begun(() => processesWith(stack, '4321'));
    const reply = await stack.request('PUT', `/runs/${json.id}`, { token: alice.token });
    expect(reply.json.state).toBe('CANCELED');
    await gone(running);
    expect(processesWith(stack, '4321')).toEqual([]);
    const { executions } = stack.services;
    const { machineArn } = await stored(json.id);
    // Invisible for a while, if new executions are hidden.
    expect(await poll(() => executions.isOpen(machineArn, json.id), 'the execution is not seen')).toBe(false);
  });

  it('J18: concurrent with success leaves one final state, completely applied', async () => {
    const started = await Promise.all(Array.from({ length: 20 }, () => start(stack, group, alice.token)));
    const ids = started.map(({ json }) => json.id as string);
    await Promise.all(
      ids.map(async (id, index) => {
        await poll(async () => {
          const { state } = await stored(id);
          return state === 'PENDING' ? undefined : state;
        }, 'the run does not start');
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 80 * (index % 10)));
        const reply = await stack.request('PUT', `/runs/${id}`, { token: alice.token, body: {} });
        const { state, messages } = (await stack.request('GET', `/runs/${id}`, { token: alice.token })).json;
        if (reply.status === 200)
          expect([state, messages]).toEqual(['CANCELED', ['canceled at user request']]);
        else expect([reply.status, state]).toEqual([400, 'SUCCESS']);
      }),
    );
    await expectConsistency(stack.services);
    const states = await Promise.all(ids.map(async (id) => (await stored(id)).state));
    expect(states.every((state) => state === 'SUCCESS' || state === 'CANCELED')).toBe(true);
    const listed = (await stack.request('GET', `/groups/${group}/runs`, { token: alice.token })).json.runs;
    const byId = new Map(listed.map((run: { id: string; state: string }) => [run.id, run.state]));
    expect(ids.map((id) => byId.get(id))).toEqual(states);
  });

  it('concurrent with success, through the services, keeps the first final state', async () => {
    for (let round = 0; round < 20; round += 1) {
      const runId = await finishedRun(stack, group, '{"score": 5}');
      const run = await stored(runId);
      const settling = settleRun(stack.services, runId, true);
      // With growing delays, so that the cancel coincides with every part of the settling.
      const cancel = new Promise((resolve) => setTimeout(resolve, 2 * round)).then(() =>
        cancelRun(stack.services, run),
      );
      const [canceled] = await Promise.allSettled([cancel, settling]);
      const { state } = await stored(runId);
      expect(state).toBe(canceled.status === 'fulfilled' ? 'CANCELED' : 'SUCCESS');
      if (canceled.status === 'rejected') {
        expect(canceled.reason.message).toBe('invalid operation for run in state SUCCESS');
      }
    }
    await expectConsistency(stack.services);
  });
});

describe('the sweep', () => {
  it('continues with other items after an item that it cannot read', async () => {
    const past = { dueShard: 'DUE#0', dueAt: '2020-01-01T00:00:00.000Z' };
    const broken = ['0', '1', '2', '3'].map((digit) => keys.run(digit.repeat(32)));
    const write = process.stderr.write;
    process.stderr.write = () => true;
    try {
      for (const [shard, key] of broken.entries()) {
        await stack.services.table.put({ ...key, v: 99, ...past, dueShard: `DUE#${shard}` });
      }
      const runId = await admittedRun(stack, group);
      await stack.services.table.update(keys.run(runId), { set: { dueAt: '2020-01-02T00:00:00.000Z' } });
      // The index shows writes after a delay.
      await poll(async () => {
        await sweep(stack.services);
        const items = await stack.services.table.getMany([keys.run(runId), ...broken]);
        return items.some(({ dueAt }) => String(dueAt) < '2021') ? undefined : true;
      }, 'the sweep does not get to all of them');
      expect((await stack.ended(runId, alice.token)).state).toBe('SUCCESS');
      const postponed = await stack.services.table.getMany(broken);
      expect(postponed.every(({ dueAt }) => String(dueAt) > new Date().toISOString())).toBe(true);
    } finally {
      process.stderr.write = write;
      for (const key of broken) await stack.services.table.remove(key);
    }
  });

  it('ends a run whose step left an unreadable report', async () => {
    const { id, ticket } = await startedRun(stack, group);
    const [, step, attempt] = ticket.split('.');
    const key = `r/${id}/steps/${step}-${attempt}/status`;
    await stack.services.objects.write('work', key, Buffer.from('{"v": 1,'));
    expect(await nextStep(stack.services, { runId: id, outcome: stopped(0) })).toMatchObject({
      action: 'wait',
    });
    await settleRun(stack.services, id, true);
    expect((await stored(id)).state).toBe('ERROR');
  });
});
