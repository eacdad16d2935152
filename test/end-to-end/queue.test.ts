import { beforeAll, describe, expect, it } from 'vitest';
import { dispatch } from '../../shared/runs/dispatch.ts';
import { findRun, runCodec } from '../../shared/runs/run.ts';
import { keys } from '../../shared/store/keys.ts';
import { expectConsistency } from './consistency.ts';
import { installTemplate, oneStep, start } from './install-template.ts';
import { queuedRun, whileFull } from './played-run.ts';
import { useStack } from './stack-fixture.ts';

/** Admission of runs to the slots of a stage. */
const CAPACITY = 3;

const stack = useStack({ env: { FLOWSERV_CAPACITY: String(CAPACITY) }, check: 'consistency' });
let alice: { id: string; token: string };
let workflow: string;

beforeAll(async () => {
  alice = await stack.user('alice');
  workflow = await installTemplate(stack, oneStep(['sleep 0.2']), {}, { id: 'W' });
});

const groupsOf = (names: readonly string[]) =>
  Promise.all(names.map((name) => stack.group(workflow, alice.token, name)));

/** Returns the maximum number of intervals that overlap. */
function mostAtOnce(intervals: readonly { readonly from: string; readonly to: string }[]): number {
  const counts = intervals.map(({ from }) =>
    intervals.filter((other) => other.from <= from && from < other.to),
  );
  return Math.max(...counts.map(({ length }) => length));
}

describe('the queue', () => {
  it('completes twenty runs of four groups, never more at a time than the number of slots', async () => {
    const groups = await groupsOf(['A', 'B', 'C', 'D']);
    const wanted = Array.from({ length: 20 }, (_, index) => groups[index % groups.length] ?? '');
    const started = await Promise.all(wanted.map((group) => start(stack, group, alice.token)));
    expect(started.map(({ status }) => status)).toEqual(wanted.map(() => 201));
    const runs = await Promise.all(started.map(({ json }) => stack.ended(json.id, alice.token)));
    expect(runs.map(({ state }) => state)).toEqual(wanted.map(() => 'SUCCESS'));
    const executed = runs.map(({ startedAt, finishedAt }) => ({ from: startedAt, to: finishedAt }));
    expect(mostAtOnce(executed)).toBeLessThanOrEqual(CAPACITY);
    await expectConsistency(stack.services);
    expect((await stack.services.table.get(keys.capacity()))?.inUse).toBe(0);
  });

  it('admits runs round-robin over users, whatever the number of runs and groups of a user', async () => {
    const users = await Promise.all(['u1', 'u2', 'u3'].map((name) => stack.user(name)));
    const sorted = users.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const groupOf = (user: (typeof users)[0] | undefined, name: string) =>
      stack.group(workflow, user?.token ?? '', name);
    const [first, second, third] = [
      await groupOf(sorted[0], 'E'),
      await groupOf(sorted[1], 'F'),
      await groupOf(sorted[2], 'G'),
    ];
    const another = await groupOf(sorted[0], 'E2');
    const order: string[] = [];
    await whileFull(stack, async () => {
      const waiting = [first, another, first, another, second, second, third];
      for (const group of waiting) await queuedRun(stack, group);
      // One slot becomes free at a time, as when runs end.
      for (let round = 0; round < waiting.length; round += 1) {
        const inUse = Number((await stack.services.table.get(keys.capacity()))?.inUse);
        const { config, executions } = stack.services;
        const admitted = await dispatch({
          ...stack.services,
          config: { ...config, capacity: inUse + 1 },
          executions: {
            ...executions,
            start: async (_stateMachine, runId) => {
              order.push((await findRun(stack.services, runId)).userId ?? '');
              return true;
            },
          },
        });
        expect(admitted).toBe(1);
      }
    });
    const turns = order.map((user) => sorted.findIndex(({ id }) => id === user));
    const [begun = 0] = turns;
    const rotated = [0, 1, 2].map((step) => (begun + step) % 3);
    expect(turns.slice(0, 3)).toEqual(rotated);
    // The second round has the same order, without the third user, who has no more runs.
    expect(turns.slice(3, 5)).toEqual(rotated.filter((user) => user !== 2));
    expect(turns.slice(5)).toEqual([0, 0]);
    const owned = [first, second, third].map((group, index) => removeGroup(group, sorted[index]?.token));
    await Promise.all([...owned, removeGroup(another, sorted[0]?.token)]);
  });

  it('admits a run once, whatever the number of dispatchers', async () => {
    const [group = ''] = await groupsOf(['H']);
    const ids = await whileFull(stack, async () => {
      const queued: string[] = [];
      for (let index = 0; index < 6; index += 1) queued.push(await queuedRun(stack, group));
      return queued;
    });
    const admitted = await Promise.all(Array.from({ length: 8 }, () => dispatch(stack.services)));
    const runs = await Promise.all(ids.map((id) => stack.ended(id, alice.token)));
    expect(runs.map(({ state }) => state)).toEqual(ids.map(() => 'SUCCESS'));
    expect(admitted.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(ids.length);
    await expectConsistency(stack.services);
  });

  it('drops an entry whose run no longer waits', async () => {
    const [group = ''] = await groupsOf(['I']);
    const { table } = stack.services;
    const runId = await whileFull(stack, () => queuedRun(stack, group));
    await stack.request('PUT', `/runs/${runId}`, { token: alice.token });
    const lost = { ...keys.queued(group, 1), v: 1, number: 1, runId, machineArn: 'arn', party: group };
    await table.put(lost);
    await dispatch(stack.services);
    expect(await table.get(keys.queued(group, 1))).toBeUndefined();
    expect(runCodec.readMaybe(await table.get(keys.run(runId)))?.admitted).toBeUndefined();
  });
});

async function removeGroup(id: string, token: string | undefined): Promise<void> {
  expect((await stack.request('DELETE', `/groups/${id}`, { token })).status).toBe(204);
}
