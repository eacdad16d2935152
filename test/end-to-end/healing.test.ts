import { beforeAll, describe, expect, it, vi } from 'vitest';
import { addWebhook } from '../../shared/notifications/webhooks.ts';
import { refreshLeaderboard } from '../../shared/ranking/refresh.ts';
import { cancelRun } from '../../shared/runs/cancel.ts';
import { findRun, type Run } from '../../shared/runs/run.ts';
import { settleRun } from '../../shared/runs/settle.ts';
import { nextStep } from '../../shared/runs/steps/next-step.ts';
import { conditionally } from '../../shared/store/conditional.ts';
import { dueAttributes } from '../../shared/store/due.ts';
import type { Condition } from '../../shared/store/expressions.ts';
import { type Key, keys } from '../../shared/store/keys.ts';
import { objectKeys } from '../../shared/volumes/keys.ts';
import { readLeaderboardState } from '../../shared/workflows/leaderboard-state.ts';
import { storeEvent } from '../notifications/store-event.ts';
import { expectConsistency, storedNames } from './consistency.ts';
import { ALL_RESULTS, installTemplate, oneStep, SCORES, start } from './install-template.ts';
import { callFunction, servicesOf } from './own-function.ts';
import { admittedRun, finishedRun, started, startedRun, withoutMessages } from './played-run.ts';
import { begun, processesWith } from './processes.ts';
import { poll } from './running-stack.ts';
import { useStack } from './stack-fixture.ts';

/**
 * Recovery by the functions, each with its own keys and in a separate process. Documents are larger than an item, so
 * that they are read from their stored objects.
 */
const padding = `true ${'x'.repeat(60_000)}`;
const template = oneStep(
  [padding, padding, 'sleep $[[pause]]', `echo '{"score": 1}' > result.json`],
  `parameters:
  - {name: pause, dtype: int, defaultValue: 0}
${SCORES}`,
  ['result.json'],
);
const actor =
  'workflow:\n  steps:\n    - {name: s, action: "$[[a]]"}\nparameters:\n  - {name: a, dtype: actor}\n';

const stack = useStack({
  isolate: true,
  env: { FLOWSERV_QUOTA_ACTIVE_RUNS: '50', FLOWSERV_QUOTA_BYTES: '100000000' },
  check: 'consistency',
});
let alice: { id: string; token: string };
let group: string;

beforeAll(async () => {
  alice = await stack.user('alice');
  group = await stack.group(await installTemplate(stack, template, {}, { id: 'W' }), alice.token, 'Group');
}, 120_000);

/**
 * Runs the sweep until it makes a change, as soon as the index lists an item that is due. A late message may remove the
 * item from the index before the sweep reads it.
 */
async function sweepUntil<T>(key: Key, id: string, healed: () => Promise<T | undefined>): Promise<T> {
  const { table } = stack.services;
  const due = { set: dueAttributes(id, new Date(0)) };
  const lost: Condition = { expression: 'attribute_exists(#pk) AND attribute_not_exists(#dueAt)' };
  await table.update(key, due);
  return poll(async () => {
    const done = await healed();
    if (done !== undefined) return done;
    await conditionally(table.update(key, due, lost));
    await callFunction(stack, 'sweep');
    return healed();
  }, `${key.pk} is not healed`);
}

const stored = async (runId: string) => stack.services.table.get(keys.run(runId));

/** Waits until the run ended and all follow-ups are done, and returns it. */
async function settled(runId: string) {
  const run = await stored(runId);
  return run?.settled ? run : undefined;
}

/** Creates a canceled run whose step continues, because its execution could not be stopped. */
async function canceledRun(seconds: string): Promise<Run> {
  const { json } = await start(stack, group, alice.token, { pause: Number(seconds) });
  // If canceled earlier, the step would end: its ticket is not valid for a canceled run.
  await begun(() => processesWith(stack, seconds));
  const run = await findRun(stack.services, json.id);
  const mute = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const { executions } = stack.services;
  const stop = async () => {
    throw new Error('the connection is lost');
  };
  await cancelRun({ ...stack.services, executions: { ...executions, stop } }, run);
  mute.mockRestore();
  expect(await executions.isOpen(run.machineArn, run.id)).toBe(true);
  return run;
}

/** Deletes a run's state machine, so that only the sweep can end the run. */
async function loseStateMachine(runId: string): Promise<void> {
  const { machineArn } = await findRun(stack.services, runId);
  await stack.services.table.update(keys.run(runId), { set: { machineArn: `${machineArn}gone` } });
}

/** Each call starts a process. */
const patience = { timeout: 120_000 };

describe('the sweep', patience, () => {
  it('starts the execution of an admitted run', async () => {
    const runId = await admittedRun(stack, group);
    const run = await sweepUntil(keys.run(runId), runId, () => settled(runId));
    expect(run).toMatchObject({ state: 'SUCCESS' });
  });

  it('stops the execution of a canceled run', async () => {
    const run = await canceledRun('4325');
    await sweepUntil(keys.run(run.id), run.id, () => settled(run.id));
    expect(await stack.services.executions.isOpen(run.machineArn, run.id)).toBe(false);
  });

  it('aborts a multipart upload that was not completed in time', async () => {
    const path = `/uploads/${group}/direct`;
    const { token } = alice;
    const { json } = await stack.request('POST', path, { token, body: { name: 'a', size: 3 } });
    await fetch(json.parts[0].url, { method: 'PUT', body: 'abc' });
    const key = keys.multipartUpload(group, json.id);
    await stack.services.table.update(key, { set: { expiresAt: 1 } });
    await sweepUntil(key, json.id, async () => !(await stack.services.table.get(key)) || undefined);
    const parts = [{ number: 1, etag: '"0"' }];
    const complete = { token, body: { parts } };
    expect((await stack.request('POST', `${path}/${json.id}/complete`, complete)).status).toBe(404);
  });

  it('requests a delivery to a webhook whose message was lost', async () => {
    const { services } = stack;
    const input = { url: 'https://localhost/', events: ['postproc.failed'] as const };
    const { webhook } = await addWebhook(services, 'operator', 'W', input);
    const event = { type: 'postproc.failed', subject: 'lost', at: '2030', workflowId: 'W' } as const;
    await storeEvent(withoutMessages(services), event);
    const list = () => services.table.list(keys.deliveries('W', webhook.id));
    const [item] = await list();
    if (!item) throw new Error('no delivery');
    const { pk, sk } = item;
    await sweepUntil({ pk, sk }, 'W', async () =>
      (await list()).find((one) => one.lastAttempt !== undefined),
    );
  });

  it('settles a run without its state machine from the records of its steps', async () => {
    const runId = await finishedRun(stack, group, '{"score": 2}');
    const { objects } = stack.services;
    const key = objectKeys.stepFile(runId, 0, 1, 'status');
    const status = JSON.parse(String(await objects.read('work', key, 1_000_000)));
    const more = Array.from({ length: 500 }, (_, index) => ({
      path: `${'n'.repeat(200)}-${index}`,
      size: 0,
      sha256: '0'.repeat(64),
    }));
    const outputs = [...status.outputs, ...more];
    await objects.write('work', key, Buffer.from(JSON.stringify({ ...status, outputs })));
    await loseStateMachine(runId);
    const run = await sweepUntil(keys.run(runId), runId, () => settled(runId));
    expect(run).toMatchObject({ state: 'SUCCESS' });
    expect((await stack.ended(runId, alice.token)).files).toHaveLength(501);
  });

  it('ends a run without its state machine and the report of its last step', async () => {
    const runId = await finishedRun(stack, group, '{"score": 3}');
    await stack.services.objects.remove('work', objectKeys.stepFile(runId, 0, 1, 'status'));
    await loseStateMachine(runId);
    const run = await sweepUntil(keys.run(runId), runId, () => settled(runId));
    expect(run).toMatchObject({ state: 'ERROR', messages: ['the report of the last step is lost'] });
  });

  it('completes the deletion of a run', async () => {
    const runId = await finishedRun(stack, group, '{"score": 4}');
    await settleRun(stack.services, runId, true);
    await stack.services.table.update(keys.run(runId), { set: { deleting: true } });
    await sweepUntil(keys.run(runId), runId, async () => ((await stored(runId)) ? undefined : true));
    expect((await storedNames(stack.services)).filter((name) => name.includes(runId))).toEqual([]);
  });

  it('completes the deletion of a group', async () => {
    const own = await stack.group('W', alice.token, 'Deleted');
    await stack.upload(own, alice.token, 'file.txt', 'text');
    await stack.services.table.update(keys.group(own), { set: { deleting: true } });
    const item = () => stack.services.table.get(keys.group(own));
    await sweepUntil(keys.group(own), own, async () => ((await item()) ? undefined : true));
    expect((await storedNames(stack.services)).filter((name) => name.includes(own))).toEqual([]);
  });

  it('removes a snapshot that no reader will get, and looks at its leaderboard no more', async () => {
    await expectConsistency(stack.services);
    // Until then, a function that was interrupted may have left a snapshot.
    const builtAt = new Date(Date.now() - 10 * 60_000).toISOString();
    await stack.services.table.update(keys.leaderboard('W'), { set: { builtAt } });
    const { built, previous } = await readLeaderboardState(stack.services, 'W');
    const overtaken = [1, 2, 3].find((version) => version < built && version !== previous);
    const lost = objectKeys.leaderboard('W', Number(overtaken));
    const { objects, table } = stack.services;
    await objects.write('data', lost, Buffer.from('[]'));
    const rested = async () => {
      const gone = (await objects.size('data', lost)) === undefined;
      return gone && (await table.get(keys.leaderboard('W')))?.dueAt === undefined ? true : undefined;
    };
    await sweepUntil(keys.leaderboard('W'), 'W', rested);
  });
});

describe('a leaderboard', () => {
  it('is ranked by the request when its snapshot is missing', async () => {
    await stack.ended((await start(stack, group, alice.token)).json.id, alice.token);
    await expectConsistency(stack.services);
    const { objects } = stack.services;
    const key = objectKeys.leaderboard('W', (await readLeaderboardState(stack.services, 'W')).built);
    const before = (await stack.request('GET', '/workflows/W/leaderboard')).json;
    const snapshot = await objects.read('data', key, 1_000_000);
    await objects.remove('data', key);
    const after = await stack.request('GET', '/workflows/W/leaderboard');
    await objects.write('data', key, snapshot ?? Buffer.alloc(0));
    expect(after.status).toBe(200);
    expect(after.json).toEqual(before);
    expect(before.ranking).toHaveLength(1);
  });
});

describe('a function with its own keys', patience, () => {
  it('settles a run that was interrupted before its step reported', async () => {
    const { id } = await startedRun(stack, group);
    await callFunction(stack, 'settle-run', { runId: id });
    expect(await stored(id)).toMatchObject({
      state: 'ERROR',
      settled: true,
      messages: ['the run was interrupted before its last step'],
    });
  });

  it('settles a canceled run by stopping its execution', async () => {
    const run = await canceledRun('4326');
    await callFunction(stack, 'settle-run', { runId: run.id });
    expect(await stored(run.id)).toMatchObject({ state: 'CANCELED', settled: true });
    expect(await stack.services.executions.isOpen(run.machineArn, run.id)).toBe(false);
  });

  it('withdraws a post-processing run if another worker started one first', async () => {
    const id = await installTemplate(stack, template + ALL_RESULTS, {}, { id: 'P' });
    const runId = await finishedRun(stack, await stack.group(id, alice.token, 'Group'), '{"score": 5}');
    await settleRun(withoutMessages(stack.services), runId, true);
    const own = servicesOf(stack, 'leaderboard');
    const slow: typeof own.objects.write = async (bucket, key, body, type) => {
      if (key.endsWith('runs.json')) await refreshLeaderboard(stack.services, id);
      return own.objects.write(bucket, key, body, type);
    };
    await refreshLeaderboard({ ...own, objects: { ...own.objects, write: slow } }, id);
    await stack.postproc(id, ({ state }) => state === 'SUCCESS');
    await expectConsistency(stack.services);
    expect(await stack.services.table.list(keys.postprocEntries(id))).toHaveLength(1);
  });

  it('releases the lease to register an image after a failed registration', async () => {
    const own = await stack.group(await installTemplate(stack, actor, {}, { id: 'A' }), alice.token, 'Group');
    const a = { environment: 'python:3.9-untaken', commands: ['true'] };
    const runId = await admittedRun(stack, own, { a });
    const mute = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const services = servicesOf(stack, 'next-step');
    const register = async () => {
      throw new Error('no more than one a second');
    };
    const rejected = await nextStep({ ...services, taskRegistry: { register } }, { runId, outcome: null });
    mute.mockRestore();
    expect(rejected).toMatchObject({ action: 'wait', attempt: 2 });
    // The next registration does not wait until the lease would expire.
    const later = () => new Date(Date.now() + 5000);
    expect(started(await nextStep({ ...services, now: later }, { runId, outcome: null })).attempt).toBe(2);
    await cancelRun(stack.services, await findRun(stack.services, runId));
  });
});
