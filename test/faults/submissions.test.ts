import { expect, it } from 'vitest';
import { createHistory, type History } from './history.ts';
import { muteLogs } from './mute-logs.ts';
import { warmUp } from './run-seed.ts';
import { prepareContest } from './scenario.ts';
import type { AwsCall } from './world/aws.ts';
import { openWorld, type World } from './world/world.ts';

muteLogs();

const GROUPS = 50;
const SUBMISSIONS = 4;
/** Runs of a group: one of its submissions is rejected. */
const LIMIT = 3;
const CAPACITY = 8;
/** Runs by which a group may be ahead of one that waits. */
const MOST_AHEAD = 2;
const DAY_MS = 86_400_000;

/** The run that a write of the dispatcher admits, if any. */
function admittedBy({ operation, input }: AwsCall): string[] {
  const text = operation === 'TransactWriteItems' ? JSON.stringify(input) : '';
  if (!text.includes(':set_admitted')) return [];
  return [...text.matchAll(/"pk":\{"S":"RUN#([0-9a-f]{32})"\}/g)].map(([, id]) => id ?? '').slice(0, 1);
}

it('200 submissions at once by 50 groups are each counted once, and admitted in turns', async () => {
  await warmUp();
  const admitted: string[] = [];
  const world: World = await openWorld({
    seed: 200,
    env: { FLOWSERV_CAPACITY: String(CAPACITY) },
    stepOf: () => ({ milliseconds: 60_000, exitCode: 0, contentOf: () => '{"score": 1}' }),
  });
  const { simulation } = world;
  const history = createHistory(simulation.now);
  const recorder: History = {
    ...history,
    async observe(services, call) {
      admitted.push(...admittedBy(call));
      await history.observe(services, call);
    },
  };
  try {
    const { participants } = await world.drive(() => prepareContest(world, GROUPS, { runs: LIMIT }), DAY_MS);
    world.begin(recorder, false);
    const submit = async (groupId: string, token: string, number: number) => {
      await simulation.sleep(simulation.between('submission', 0, 100));
      const headers = { 'idempotency-key': `${groupId}-${number}` };
      const body = { arguments: [] };
      const request = () => world.request('POST', `/groups/${groupId}/runs`, { token, headers, body });
      // Every client sends its request twice, as after a lost response.
      const replies = await Promise.all([request(), request()]);
      return { groupId, replies };
    };
    const submissions = await world.drive(
      () =>
        Promise.all(
          participants.flatMap(({ groupId, token }) =>
            Array.from({ length: SUBMISSIONS }, (_, number) => submit(groupId, token, number)),
          ),
        ),
      DAY_MS,
    );
    const submitted = admitted.length;
    await simulation.run(simulation.now() + DAY_MS / 4);

    // None is lost, none is doubled, and each group has exactly as many runs as it may have.
    const started = submissions.filter(({ replies }) => replies.some(({ status }) => status === 201));
    const ids = started.map(({ replies }) => [...new Set(replies.flatMap(({ json }) => json.id ?? []))]);
    expect(ids.every(({ length }) => length === 1)).toBe(true);
    const groups = Map.groupBy(started, ({ groupId }) => groupId);
    expect([...groups.values()].map(({ length }) => length)).toEqual(Array(GROUPS).fill(LIMIT));
    const runs = [...history.runs.values()].filter(({ groupId }) => groupId !== undefined);
    expect(runs.map(({ id }) => id).sort()).toEqual(ids.flat().sort());
    expect(new Set(runs.map(({ states }) => states.at(-1)?.state))).toEqual(new Set(['SUCCESS']));

    // Once all runs wait, a group may be two runs ahead when it is admitted: some groups were admitted before the others
    // had submitted, and two calls of the dispatcher may take turns at the same time.
    const groupOf = new Map(runs.map(({ id, groupId }) => [id, groupId ?? '']));
    const order = admitted.flatMap((id) => groupOf.get(id) ?? []);
    expect(order).toHaveLength(GROUPS * LIMIT);
    expect(submitted).toBeLessThan(GROUPS);
    const counts = new Map([...groups.keys()].map((group) => [group, 0]));
    const unfair = order.flatMap((group, position) => {
      const count = counts.get(group) ?? 0;
      const least = Math.min(...counts.values());
      counts.set(group, count + 1);
      return position >= submitted && count > least + MOST_AHEAD ? [{ position, group, count, least }] : [];
    });
    expect(unfair).toEqual([]);
  } finally {
    await world.close();
  }
}, 600_000);
