import { describe, expect, it } from 'vitest';
import { findGroup } from '../../shared/groups/group.ts';
import { buildSnapshot } from '../../shared/ranking/leaderboard.ts';
import { rulesOf } from '../../shared/ranking/rules.ts';
import { disqualifyRun } from '../../shared/runs/moderate.ts';
import { findRun } from '../../shared/runs/run.ts';
import { settleRun } from '../../shared/runs/settle.ts';
import { startRun } from '../../shared/runs/start.ts';
import { keys } from '../../shared/store/keys.ts';
import { readLeaderboardState } from '../../shared/workflows/leaderboard-state.ts';
import { readVersion } from '../../shared/workflows/version.ts';
import { findWorkflow } from '../../shared/workflows/workflow.ts';
import { storedNames } from './consistency.ts';
import { start } from './install-template.ts';
import { meanwhile } from './meanwhile.ts';
import { moderationRequests } from './moderation-requests.ts';
import { withoutMessages } from './played-run.ts';
import { purged } from './purged.ts';
import { poll } from './running-stack.ts';
import { useStack } from './stack-fixture.ts';

const stack = useStack({ check: 'consistency' });
const { get, put, remove, rows, disqualify, readmit, team } = moderationRequests(stack, [
  { id: 'RACES' },
  { id: 'GONE' },
]);

describe('a decision at the same moment', () => {
  it('as the run ends: the run is not ranked', async () => {
    const own = await team('RACES', 'ending');
    const { json } = await start(stack, own.group, own.token, { score: 3 });
    const decide = async () =>
      disqualifyRun(
        withoutMessages(stack.services),
        'operator',
        { run: await findRun(stack.services, json.id), group: await findGroup(stack.services, own.group) },
        { reason: 'while it runs', visibility: 'public' },
      );
    // In whatever state the run is: the state machine goes on, and settles it again here.
    await decide();
    await settleRun(meanwhile(stack.services, 'transact', decide), json.id, false);
    const ended = await stack.ended(json.id, own.token);
    expect(ended).toMatchObject({ state: 'SUCCESS', notRanked: 'disqualified: while it runs' });
    expect(await rows('RACES', '?includeAll')).not.toContain('ending 3');
    await readmit(`/runs/${json.id}`);
    expect(await rows('RACES', '?includeAll')).toContain('ending 3');
  });

  it('as a leaderboard is built: the snapshot that lacks it is replaced', async () => {
    const { services } = stack;
    const own = await team('RACES', 'built');
    const run = await own.score(6);
    const state = await readLeaderboardState(services, 'RACES');
    const version = await readVersion(services, 'RACES', (await findWorkflow(services, 'RACES')).version);
    const slow = meanwhile(services, 'update', () => disqualify(`/runs/${run}`, 'meanwhile'));
    const built = await buildSnapshot(slow, 'RACES', state, rulesOf(version));
    expect(built.map(({ runId }) => runId)).toContain(run);
    expect(await rows('RACES', '?includeAll')).not.toContain('built 6');
    await poll(async () => {
      const { dirty, built: last } = await readLeaderboardState(services, 'RACES');
      return dirty === last ? true : undefined;
    }, 'the leaderboard is not up to date');
    expect(await rows('RACES', '?includeAll')).not.toContain('built 6');
    expect((await get(`/runs/${run}`, own.token)).rank).toBeUndefined();
  });

  it('is made without its message too: the leaderboard is on the due index', async () => {
    const own = await team('RACES', 'unheard');
    const run = await own.score(5);
    const { services } = stack;
    const broken = {
      ...services,
      messages: {
        ...services.messages,
        leaderboardDirty: async () => {
          throw new Error('killed');
        },
      },
    };
    const found = { run: await findRun(services, run), group: await findGroup(services, own.group) };
    const given = { reason: 'x', visibility: 'public' } as const;
    await expect(disqualifyRun(broken, 'operator', found, given)).rejects.toThrow('killed');
    expect((await readLeaderboardState(services, 'RACES')).dueAt).toBeDefined();
    expect(await rows('RACES', '?includeAll')).not.toContain('unheard 5');
    await services.messages.leaderboardDirty('RACES');
  });

  it('starts no run if it is disqualified during the request', async () => {
    const { userId, group } = await team('RACES', 'starting');
    const found = await findGroup(stack.services, group);
    const names = await storedNames(stack.services);
    const services = meanwhile(withoutMessages(stack.services), 'transact', () =>
      disqualify(`/groups/${group}`, 'now'),
    );
    await expect(
      startRun(services, { id: userId }, found, [{ name: 'score', value: 1 }]),
    ).rejects.toMatchObject({ code: 'group.disqualified', status: 403 });
    const added = (await storedNames(stack.services)).filter((name) => !names.includes(name));
    expect(added.filter((name) => name.startsWith('RUN#'))).toEqual([]);
  });
});

it('nothing is left of decisions about deleted runs, groups and workflows', async () => {
  const own = await team('GONE', 'own');
  const [one, two] = [await own.score(1), await own.score(2)];
  const all = () => stack.services.table.list(keys.moderations('GONE'));
  await disqualify(`/runs/${one}`, 'x');
  await put(`/runs/${two}/withdrawal`, own.token);
  expect((await remove(`/runs/${one}`, own.token)).status).toBe(204);
  await purged(stack.services, keys.run(one));
  expect((await all()).map(({ runId }) => runId)).toEqual([two]);
  await disqualify(`/groups/${own.group}`, 'x');
  expect(await all()).toHaveLength(2);
  await remove(`/groups/${own.group}`, own.token);
  await purged(stack.services, keys.group(own.group));
  expect(await all()).toEqual([]);
  expect((await disqualify(`/groups/${own.group}`, 'x')).status).toBe(404);
  expect((await disqualify(`/runs/${two}`, 'x')).status).toBe(404);
});
