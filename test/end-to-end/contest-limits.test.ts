import { beforeAll, describe, expect, it } from 'vitest';
import { findGroup } from '../../shared/groups/group.ts';
import { readLimits } from '../../shared/groups/limits.ts';
import { cancelRun } from '../../shared/runs/cancel.ts';
import { findRun } from '../../shared/runs/run.ts';
import { startRun } from '../../shared/runs/start.ts';
import { keys } from '../../shared/store/keys.ts';
import { storedNames } from './consistency.ts';
import { codes, contestRequests, reply } from './contest-requests.ts';
import { installTemplate, oneStep, start } from './install-template.ts';
import { whileFull, withoutMessages } from './played-run.ts';
import { purged } from './purged.ts';
import { useStack } from './stack-fixture.ts';

const stack = useStack({ check: 'consistency' });
const { contest, limitsOf, left, cancel, create } = contestRequests(stack);

describe('a contest with limits of runs', () => {
  beforeAll(async () => {
    await contest('DAY', '{runsPerDay: 3, runs: 4, runsAtOnce: 2, groupsPerUser: 1}');
  });

  it('says when the next run is possible, and what is left', async () => {
    const { id, token } = await stack.user('alice');
    const group = await stack.group('DAY', token, 'Alice');
    expect(await limitsOf(group, token)).toMatchObject({
      limits: [
        { name: 'runsPerDay', limit: 3, used: 0, left: 3 },
        { name: 'runs', limit: 4, used: 0, left: 4 },
        { name: 'runsAtOnce', limit: 2, used: 0, left: 2 },
        { name: 'groupsPerUser', limit: 1, used: 1, left: 0 },
      ],
      nextRun: { possible: true },
    });
    const { services } = stack;
    await whileFull(stack, async () => {
      const runs = [await start(stack, group, token), await start(stack, group, token)];
      const third = await start(stack, group, token);
      expect(reply(third)).toEqual([
        429,
        'contest.runs-at-once',
        'the group has 2 active runs, which is the maximum of this benchmark; the next run is possible when one of them ends',
      ]);
      expect(third.headers.get('retry-after')).toBe('60');
      for (const { json } of runs)
        await services.table.update(keys.run(json.id), { set: { state: 'RUNNING' } });
      for (const { json } of runs) await cancel(json.id, token);
      expect((await start(stack, group, token)).status).toBe(201);
      const today = new Date();
      const midnight = new Date(today.toISOString().slice(0, 10)).getTime() + 86_400_000;
      const at = new Date(midnight).toISOString().replace('.000Z', 'Z');
      const fourth = await start(stack, group, token);
      expect(reply(fourth)).toEqual([
        429,
        'contest.runs-per-day',
        `the group started 3 runs today, which is the maximum per day (UTC) of this benchmark; the next run is possible at ${at}`,
      ]);
      expect(
        Math.abs(Number(fourth.headers.get('retry-after')) - (midnight - today.getTime()) / 1000),
      ).toBeLessThan(60);
      expect(await limitsOf(group, token)).toMatchObject({
        limits: [
          { name: 'runsPerDay', used: 3, left: 0, renewsAt: at },
          { used: 3, left: 1 },
          { used: 1 },
          {},
        ],
        nextRun: { possible: false, at },
      });
      const found = await findGroup(services, group);
      const tomorrow = { ...withoutMessages(services), now: () => new Date(midnight) };
      expect((await readLimits(tomorrow, found, { id })).nextRun).toEqual({ possible: true });
      const last = await startRun(tomorrow, { id }, found, []);
      const never = await startRun(tomorrow, { id }, found, []).catch((error: unknown) => error);
      expect(never).toMatchObject({
        code: 'contest.runs',
        status: 403,
        message: 'the group started 4 runs, which is the maximum of this benchmark',
      });
      const before = { ...withoutMessages(services), now: () => new Date(midnight - 1) };
      expect((await readLimits(before, found, { id })).nextRun.at).toBeUndefined();
      await cancelRun(services, await findRun(services, last.id));
    });
  });

  it('is exact for 200 requests at once, and a rejected one leaves nothing behind', async () => {
    await contest('MANY', '{runsPerDay: 7, groupsPerUser: 1}');
    const { id, token } = await stack.user('bob');
    const group = await findGroup(stack.services, await stack.group('MANY', token, 'Bob'));
    const services = withoutMessages(stack.services);
    await whileFull(stack, async () => {
      const results = await Promise.allSettled(
        Array.from({ length: 200 }, () => startRun(services, { id }, group, [])),
      );
      expect(codes(results)).toEqual({ started: 7, 'contest.runs-per-day': 193 });
      const names = await storedNames(stack.services);
      expect((await start(stack, group.id, token)).status).toBe(429);
      expect(await storedNames(stack.services)).toEqual(names);
      for (const result of results) {
        if (result.status === 'fulfilled')
          await cancelRun(stack.services, await findRun(stack.services, result.value.id));
      }
    });
    expect(await left(group.id, token)).toEqual({ runsPerDay: 7, groupsPerUser: 0 });
  });

  it('gives 50 groups their runs at the same time', async () => {
    await contest('FIFTY', '{runs: 3, runsAtOnce: 3}');
    const { id, token } = await stack.user('carol');
    const ids = [];
    for (let n = 0; n < 50; n += 1) ids.push(await stack.group('FIFTY', token, `Group ${n}`));
    const groups = await Promise.all(ids.map((group) => findGroup(stack.services, group)));
    const services = withoutMessages(stack.services);
    await whileFull(stack, async () => {
      const starts = groups.flatMap((group) => [1, 2, 3, 4].map(() => startRun(services, { id }, group, [])));
      const results = await Promise.allSettled(starts);
      expect(codes(results)).toEqual({ started: 150, 'contest.runs': 50 });
      for (const result of results) {
        if (result.status === 'fulfilled')
          await cancelRun(stack.services, await findRun(stack.services, result.value.id));
      }
    });
  }, 120_000);

  it('counts a request that is repeated with the same key once', async () => {
    const { token } = await stack.user('dora');
    const group = await stack.group('DAY', token, 'Dora');
    await whileFull(stack, async () => {
      const headers = { 'idempotency-key': 'once' };
      const again = () => stack.request('POST', `/groups/${group}/runs`, { token, headers, body: {} });
      const replies = await Promise.all(Array.from({ length: 8 }, again));
      expect(new Set(replies.map(({ status, json }) => `${status} ${json.id}`)).size).toBe(1);
      expect(await left(group, token)).toMatchObject({ runsPerDay: 2, runs: 3, runsAtOnce: 1 });
      for (const run of new Set(replies.map(({ json }) => json.id))) await cancel(run, token);
      // A key that was used returns the canceled run, and starts nothing.
      expect((await again()).json).toMatchObject({ id: replies[0]?.json.id, state: 'CANCELED' });
      expect(await left(group, token)).toMatchObject({ runsPerDay: 3, runs: 4, runsAtOnce: 2 });
    });
  });

  it('gives nothing back for a deleted run, nor for a group that is deleted and created again', async () => {
    const { token } = await stack.user('erin');
    const id = 'ERIN';
    await create('DAY', token, { name: 'Erin', id });
    const runs = [];
    for (let n = 0; n < 3; n += 1) {
      const run = await stack.ended((await start(stack, id, token)).json.id, token);
      expect(run.state).toBe('SUCCESS');
      runs.push(run.id);
    }
    for (const run of runs) await stack.request('DELETE', `/runs/${run}`, { token });
    expect((await start(stack, id, token)).json.code).toBe('contest.runs-per-day');
    expect(reply(await create('DAY', token, { name: 'Second' }))).toEqual([
      403,
      'contest.groups',
      "user 'erin' is a member of 1 groups of this benchmark, which is the maximum; leave or delete one first",
    ]);
    await stack.request('DELETE', `/groups/${id}`, { token });
    await purged(stack.services, keys.group(id));
    expect((await create('DAY', token, { name: 'Erin', id })).status).toBe(201);
    expect(await left(id, token)).toMatchObject({ runsPerDay: 0, runs: 1 });
    expect((await limitsOf(id, token)).nextRun.reason).toContain('deleted ones included');
    expect((await start(stack, id, token)).json.code).toBe('contest.runs-per-day');
  });

  it('gives nothing for leaving a group and creating another', async () => {
    const { id, token } = await stack.user('frank');
    const friend = await stack.user('friend');
    const first = await stack.group('DAY', token, 'Frank');
    for (let n = 0; n < 3; n += 1) await stack.ended((await start(stack, first, token)).json.id, token);
    const put = (group: string, members: string[]) =>
      stack.request('PUT', `/groups/${group}`, { token, body: { members } });
    expect((await put(first, [friend.id])).status).toBe(200);
    const second = await stack.group('DAY', token, 'Again');
    expect((await start(stack, second, token)).json.code).toBe('contest.runs-per-day');
    expect((await put(second, [id, friend.id])).json.code).toBe('contest.groups');
    expect((await start(stack, first, friend.token)).json.code).toBe('contest.runs-per-day');
  });
});

describe('a contest with limits of groups and uploads', () => {
  beforeAll(async () => {
    await contest('TEAM', '{maxGroupMembers: 2, groupsPerUser: 2, uploadBytes: 1 kB}');
  });

  it('counts memberships once, and not after a member left', async () => {
    const [ann, ben, cat] = await Promise.all(['ann', 'ben', 'cat'].map((name) => stack.user(name)));
    if (!ann || !ben || !cat) throw new Error('no users');
    const made = await Promise.all(
      [1, 2, 3, 4, 5].map((n) => create('TEAM', ann.token, { name: `Ann ${n}`, members: [ben.id] })),
    );
    expect(made.map(({ status }) => status).sort()).toEqual([201, 201, 403, 403, 403]);
    const [one, two] = made.filter(({ status }) => status === 201).map(({ json }) => json.id);
    const put = (group: string, members: string[]) =>
      stack.request('PUT', `/groups/${group}`, { token: ann.token, body: { members } });
    expect(reply(await put(one, [ann.id, ben.id, cat.id]))).toEqual([
      400,
      'group.members',
      'a group has at most 2 members',
    ]);
    expect(reply(await create('TEAM', cat.token, { name: 'Cat', members: [ben.id] }))).toEqual([
      403,
      'contest.groups',
      "user 'ben' is a member of 2 groups of this benchmark, which is the maximum; leave or delete one first",
    ]);
    expect((await put(one, [ann.id, cat.id])).status).toBe(200);
    expect((await put(one, [ann.id, cat.id])).status).toBe(200);
    expect((await create('TEAM', cat.token, { name: 'Cat', members: [ben.id] })).status).toBe(201);
    expect((await put(two, [ann.id, cat.id])).json.code).toBe('contest.groups');
    await Promise.all([1, 2, 3].map(() => stack.request('DELETE', `/groups/${one}`, { token: ann.token })));
    expect((await put(two, [ann.id, cat.id])).status).toBe(200);
  });

  it('counts the bytes of a group, also for uploads in parts at once, until they are removed', async () => {
    const { token } = await stack.user('dan');
    const group = await stack.group('TEAM', token, 'Dan');
    const begin = (size: number) =>
      stack.request('POST', `/uploads/${group}/direct`, { token, body: { name: 'a', size } });
    const file = await stack.upload(group, token, 'a', 'x'.repeat(400));
    const begun = await Promise.all([begin(300), begin(300), begin(300)]);
    expect([file, ...begun].map(({ status }) => status).sort()).toEqual([201, 201, 201, 413]);
    const refused = await stack.upload(group, token, 'b', 'x');
    expect(refused.status).toBe(413);
    expect(reply(refused)).toEqual([
      413,
      'contest.upload-bytes',
      'the uploads of a group may take 1000 bytes in this benchmark; delete files that you no longer need',
    ]);
    await stack.request('DELETE', `/uploads/${group}/files/${file.json.id}`, { token });
    expect(await left(group, token)).toMatchObject({ uploadBytes: 400 });
  });

  it('has no limits without a contest', async () => {
    await installTemplate(stack, oneStep(['true']), {}, { id: 'FREE' });
    const { token } = await stack.user('eve');
    const group = await stack.group('FREE', token, 'Eve');
    expect(await limitsOf(group, token)).toEqual({ limits: [], nextRun: { possible: true } });
    await stack.ended((await start(stack, group, token)).json.id, token);
    const uses = await stack.services.table.list(keys.groupUses(group));
    expect(uses).toEqual([]);
  });
});
