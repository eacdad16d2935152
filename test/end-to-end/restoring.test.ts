import { beforeAll, describe, expect, it } from 'vitest';
import { readAnyGroup } from '../../shared/groups/group.ts';
import { findKeptGroup, restoreGroup } from '../../shared/groups/restore.ts';
import { sweep } from '../../shared/maintenance/sweep.ts';
import { readUses } from '../../shared/quotas/usage.ts';
import { restoreRun } from '../../shared/runs/restore.ts';
import { readAnyRun } from '../../shared/runs/run.ts';
import { keys } from '../../shared/store/keys.ts';
import { removeWorkflow } from '../../shared/workflows/remove.ts';
import { restoreWorkflow } from '../../shared/workflows/restore.ts';
import { reply } from './contest-requests.ts';
import { dyingAtEachWrite, muteDeaths } from './dying-process.ts';
import { installTemplate, oneStep, SCORES, start } from './install-template.ts';
import { purged } from './purged.ts';
import { poll } from './running-stack.ts';
import { useStack } from './stack-fixture.ts';

/** Deleted objects are kept for seven days, as by default. */
const stack = useStack({
  env: { FLOWSERV_KEEP_DELETED_DAYS: '7', FLOWSERV_QUOTA_BYTES: '1000000000', FLOWSERV_QUOTA_GROUPS: '100' },
  check: 'consistency',
});
muteDeaths();

let alice: { id: string; token: string };
let mallory: { id: string; token: string };
const TEMPLATE = oneStep(
  [`printf '{"score": %s}' "$[[score]]" > result.json`],
  `parameters: [{name: score, dtype: int}]\n${SCORES}`,
  ['result.json'],
);

beforeAll(async () => {
  alice = await stack.user('alice');
  mallory = await stack.user('mallory');
  await installTemplate(stack, TEMPLATE, {}, { id: 'W' }, 'contest: {ranking: {entry: chosen, chosen: 1}}\n');
});

const get = (path: string, token = alice.token) => stack.request('GET', path, { token });
const send = (method: string, path: string, token = alice.token, body?: Record<string, unknown>) =>
  stack.request(method, path, { token, ...(body ? { body } : {}) });
const submit = async (group: string, score: number): Promise<string> => {
  const { json } = await start(stack, group, alice.token, { score });
  expect((await stack.ended(json.id, alice.token)).state).toBe('SUCCESS');
  return json.id;
};
/** A run as it is read, once it has its rank. */
const ranked = (run: string) =>
  poll(async () => {
    const { json } = await get(`/runs/${run}`);
    return json.rank === undefined ? undefined : json;
  }, 'the run is not ranked');
const ranking = async () => (await get('/workflows/W/leaderboard')).json.ranking;

describe('a deleted run', () => {
  it('vanishes from all reads, and is restored as it was, also if its group chose it', async () => {
    const group = await stack.group('W', alice.token, 'runs');
    const other = await submit(group, 9);
    const run = await submit(group, 5);
    expect((await send('PUT', `/groups/${group}/chosen`, alice.token, { runs: [run] })).status).toBe(200);
    const before = await ranked(run);
    const shown = await ranking();
    const file = before.files[0].id;
    expect((await send('DELETE', `/runs/${run}`)).status).toBe(204);
    for (const path of [
      `/runs/${run}`,
      `/runs/${run}/downloads/archive`,
      `/runs/${run}/downloads/files/${file}`,
      `/runs/${run}/logs`,
    ]) {
      expect([path, (await get(path)).status]).toEqual([path, 404]);
    }
    const listed = async () =>
      (await get(`/groups/${group}/runs`)).json.runs.map(({ id }: { id: string }) => id);
    expect(await listed()).toEqual([other]);
    expect((await ranking())[0].run.id).toBe(other);
    expect((await send('DELETE', `/runs/${run}`)).status).toBe(404);
    expect(reply(await send('POST', `/runs/${run}/restore`, mallory.token))[0]).toBe(403);
    const restored = await send('POST', `/runs/${run}/restore`);
    expect([restored.status, restored.json.id]).toEqual([200, run]);
    expect(await ranking()).toEqual(shown);
    expect(await ranked(run)).toEqual(before);
    expect(await listed()).toEqual([other, run]);
    expect((await get(`/runs/${run}/downloads/files/${file}`)).text).toBe('{"score": 5}');
    expect((await get(`/groups/${group}/chosen`)).json).toMatchObject({ runs: [run] });
    // Nothing changes for a run that is not deleted.
    expect((await send('POST', `/runs/${run}/restore`)).status).toBe(200);
    expect((await get('/runs/unknown')).status).toBe(404);
    expect((await send('POST', '/runs/unknown/restore')).status).toBe(404);
  });

  it('is purged after seven days by the clock, and counts against storage until then', async () => {
    const group = await stack.group('W', alice.token, 'clock');
    const run = await submit(group, 1);
    const bytes = async () =>
      (await readUses(stack.services, alice.id)).find(({ name }) => name === 'bytes')?.used;
    const before = Number(await bytes());
    await send('DELETE', `/runs/${run}`);
    await sweep(stack.services);
    expect(await bytes()).toBe(before);
    const at = (days: number) => ({
      ...stack.services,
      now: () => new Date(Date.now() + days * 86_400_000),
    });
    await sweep(at(6.9));
    expect((await readAnyRun(stack.services, run))?.deleting).toBe(true);
    await sweep(at(7.1));
    expect(await readAnyRun(stack.services, run)).toBeUndefined();
    expect(Number(await bytes())).toBeLessThan(before);
    expect((await send('POST', `/runs/${run}/restore`)).status).toBe(404);
  });

  it('is removed at once if the request says so, also later', async () => {
    const group = await stack.group('W', alice.token, 'now');
    const [first, second] = [await submit(group, 1), await submit(group, 2)];
    expect((await send('DELETE', `/runs/${first}?now=true`)).status).toBe(204);
    await purged(stack.services, keys.run(first));
    await send('DELETE', `/runs/${second}`);
    expect((await send('DELETE', `/runs/${second}?now=true`, mallory.token)).status).toBe(403);
    expect((await send('DELETE', `/runs/${second}?now=true`)).status).toBe(204);
    await purged(stack.services, keys.run(second));
    for (const run of [first, second]) {
      expect((await send('POST', `/runs/${run}/restore`)).status).toBe(404);
      expect(await stack.services.objects.read('data', `w/W/runs/${run}/`, 1)).toBeUndefined();
    }
  });

  it('is restored completely or not at all, wherever the process died', async () => {
    const group = await stack.group('W', alice.token, 'dying runs');
    const found = await readAnyGroup(stack.services, group);
    if (!found) throw new Error('no group');
    const runs = await dyingAtEachWrite(
      stack.services,
      async () => {
        const run = await submit(group, 3);
        await send('DELETE', `/runs/${run}`);
        return run;
      },
      (services, run) => restoreRun(services, run, found),
    );
    for (const run of runs) expect((await send('POST', `/runs/${run}/restore`)).json.id).toBe(run);
  });
});

describe('a deleted group', () => {
  it('vanishes with everything in it, frees its name, and is restored as it was', async () => {
    const group = await stack.group('W', alice.token, 'Team');
    const run = await submit(group, 20);
    const { json: upload } = await stack.upload(group, alice.token, 'a.txt', 'text');
    await ranked(run);
    const [handle, shown] = [(await get(`/groups/${group}`)).json, await ranking()];
    const groups = async () =>
      (await readUses(stack.services, alice.id)).find(({ name }) => name === 'groups')?.used;
    const counted = await groups();
    expect((await send('DELETE', `/groups/${group}`)).status).toBe(204);
    for (const path of [`/groups/${group}`, `/runs/${run}`, `/uploads/${group}/files/${upload.id}`]) {
      expect([path, (await get(path)).status]).toEqual([path, 404]);
    }
    const taken = await stack.group('W', mallory.token, 'Team');
    expect(reply(await send('POST', `/groups/${group}/restore`, mallory.token))[0]).toBe(403);
    expect(reply(await send('POST', `/groups/${group}/restore`))).toEqual([
      400,
      'group.duplicate',
      "group 'Team' exists",
    ]);
    expect((await send('POST', `/runs/${run}/restore`)).status).toBe(404);
    await send('PUT', `/groups/${taken}`, mallory.token, { name: 'Another' });
    expect((await send('POST', `/groups/${group}/restore`)).json).toMatchObject({ id: group, name: 'Team' });
    expect((await get(`/groups/${group}`)).json).toEqual(handle);
    expect(await ranking()).toEqual(shown);
    expect(await groups()).toBe(counted);
    const listed = (await get('/workflows/W/groups')).json.groups.map(({ id }: { id: string }) => id);
    expect(listed).toContain(group);
    expect((await get(`/uploads/${group}/files/${upload.id}`)).text).toBe('text');
  });

  it('takes its deleted runs along, so that nobody restores them into another group with its id', async () => {
    const create = (token: string) =>
      send('POST', '/workflows/W/groups', token, { name: 'Reused', id: 'REUSED' });
    expect((await create(alice.token)).status).toBe(201);
    const run = await submit('REUSED', 4);
    await send('DELETE', `/runs/${run}`);
    await send('DELETE', '/groups/REUSED');
    // The identifier is free after the purge only.
    expect(reply(await create(mallory.token))[1]).toBe('group.id');
    expect((await send('DELETE', '/groups/REUSED?now=true')).status).toBe(204);
    await purged(stack.services, keys.group('REUSED'));
    expect((await create(mallory.token)).status).toBe(201);
    expect((await send('POST', `/runs/${run}/restore`, mallory.token)).status).toBe(404);
    expect((await send('POST', `/runs/${run}/restore`)).status).toBe(404);
    expect(await readAnyRun(stack.services, run)).toBeUndefined();
  });

  it('is restored completely or not at all, wherever the process died', async () => {
    let count = 0;
    const groups = await dyingAtEachWrite(
      stack.services,
      async () => {
        count += 1;
        const group = await stack.group('W', alice.token, `Dying ${count}`);
        await send('DELETE', `/groups/${group}`);
        return group;
      },
      async (services, group) => restoreGroup(services, await findKeptGroup(services, group)),
    );
    for (const group of groups) expect((await send('POST', `/groups/${group}/restore`)).status).toBe(200);
  });

  it('comes back with its active runs canceled', async () => {
    const group = await stack.group('W', alice.token, 'Active');
    await stack.services.table.update(keys.capacity(), { set: { v: 1, paused: true } });
    const { json } = await start(stack, group, alice.token, { score: 1 });
    await send('DELETE', `/groups/${group}`);
    await poll(async () => {
      const run = await readAnyRun(stack.services, json.id);
      return run?.state === 'CANCELED' ? true : undefined;
    }, 'the run was not canceled');
    await stack.services.table.update(keys.capacity(), { set: { paused: false } });
    expect((await send('POST', `/groups/${group}/restore`)).status).toBe(200);
    expect((await get(`/runs/${json.id}`)).json).toMatchObject({
      state: 'CANCELED',
      messages: ['the group was deleted'],
    });
  });
});

describe('a deleted workflow', () => {
  it('is restored with its groups, runs and leaderboard by the operator', async () => {
    await installTemplate(stack, TEMPLATE, {}, { id: 'GONE' });
    const group = await stack.group('GONE', alice.token, 'Team');
    const run = await submit(group, 7);
    await ranked(run);
    const [workflow, shown] = [
      (await get('/workflows/GONE')).json,
      (await get('/workflows/GONE/leaderboard')).json,
    ];
    await removeWorkflow(stack.services, 'GONE');
    for (const path of ['/workflows/GONE', `/groups/${group}`, `/runs/${run}`]) {
      expect([path, (await get(path)).status]).toEqual([path, 404]);
    }
    expect((await send('POST', `/groups/${group}/restore`)).status).toBe(404);
    expect(await restoreWorkflow(stack.services, 'GONE')).toMatchObject({ id: 'GONE' });
    expect((await get('/workflows/GONE')).json).toEqual(workflow);
    expect((await get('/workflows/GONE/leaderboard')).json).toEqual(shown);
    expect((await get(`/runs/${run}`)).status).toBe(200);
    await expect(restoreWorkflow(stack.services, 'GONE')).rejects.toMatchObject({ code: 'workflow.unknown' });
    const audited = await stack.services.table.list(keys.allAudited('GONE'));
    expect(audited.map(({ action }) => action)).toEqual([
      'workflow.create',
      'workflow.delete',
      'workflow.restore',
    ]);
  });
});
