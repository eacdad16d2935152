import { beforeAll, describe, expect, it } from 'vitest';
import { sweep } from '../../shared/maintenance/sweep.ts';
import { cancelRun } from '../../shared/runs/cancel.ts';
import { findRun } from '../../shared/runs/run.ts';
import { dueAttributes } from '../../shared/store/due.ts';
import { keys } from '../../shared/store/keys.ts';
import { storedNames } from '../end-to-end/consistency.ts';
import { fixture } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { quiet, stored } from './stored.ts';

const stack = useStack();
let alice: { id: string; token: string };
let bob: { id: string; token: string };
let carol: { id: string; token: string };

beforeAll(async () => {
  [alice, bob, carol] = await Promise.all([stack.user('alice'), stack.user('bob'), stack.user('carol')]);
  await stack.install(fixture('hello-world'), { id: 'HW' });
});

const create = (body: unknown, { token = alice.token, workflow = 'HW' } = {}) =>
  stack.request('POST', `/workflows/${workflow}/groups`, { token, body });
const get = (path: string, token = alice.token) => stack.request('GET', path, { token });
const update = (id: string, body: unknown, token = alice.token, method = 'PUT') =>
  stack.request(method, `/groups/${id}`, { token, body });
const remove = (id: string, token = alice.token) =>
  stack.request('DELETE', `/groups/${id}`, { token, body: {} });
const memberIds = async (id: string) =>
  (await get(`/groups/${id}`)).json.members.map((member: { id: string }) => member.id);

/** Returns what is stored after the leaderboard has all renamed groups. */
async function atRest(): Promise<string[]> {
  await quiet(stack.services);
  return stored(stack.services);
}

/** Expects a response to a request that changes nothing. */
async function expectRejected(
  attempt: () => Promise<{ status: number; json: { message: string } }>,
  status: number,
) {
  const before = await atRest();
  const response = await attempt();
  expect(response.status).toBe(status);
  expect(await stored(stack.services)).toEqual(before);
  return response.json.message;
}

describe('changing a group', () => {
  it('D15, D16, D17: lets members rename it and set its members, by PUT and by POST', async () => {
    const { id } = (await create({ name: 'D15' })).json;
    for (const method of ['PUT', 'POST']) {
      const rejected = await update(id, { name: 'Bobs' }, bob.token, method);
      expect([rejected.status, rejected.json.message]).toEqual([403, 'not authorized']);
      const renamed = await update(id, { name: `D15 ${method}` }, alice.token, method);
      expect([renamed.status, renamed.json.name]).toEqual([200, `D15 ${method}`]);
      expect(renamed.json).not.toHaveProperty('runs');
    }
    const added = await update(id, { members: [alice.id, bob.id] });
    expect(added.json.members.map(({ username }: { username: string }) => username)).toEqual([
      'alice',
      'bob',
    ]);
    expect((await update(id, { name: 'D16' }, bob.token)).status).toBe(200);
    expect((await get(`/groups/${id}`)).json.name).toBe('D16');
    for (const { token } of [alice, bob]) {
      const { groups } = (await get('/groups', token)).json;
      expect(groups).toContainEqual({ id, name: 'D16', workflow: 'HW' });
    }
  });

  it('lets the caller remove all members', async () => {
    const { id } = (await create({ name: 'Empty' })).json;
    expect((await update(id, { members: [] })).json.members).toEqual([]);
    expect((await get(`/groups/${id}`)).status).toBe(403);
    expect((await get('/groups')).json.groups.map((group: { id: string }) => group.id)).not.toContain(id);
  });

  it('D18: returns 404 for an unknown member and changes nothing, including the name', async () => {
    const { id } = (await create({ name: 'D18', members: [bob.id] })).json;
    for (const unknown of ['unknown', '', 'x'.repeat(3000)]) {
      const body = { name: 'D18 new', members: [carol.id, unknown] };
      expect(await expectRejected(() => update(id, body), 404)).toBe(
        `unknown user '${unknown.slice(0, 100)}'`,
      );
    }
    expect(await memberIds(id)).toEqual([alice.id, bob.id]);
  });

  it('D19: changes nothing without elements', async () => {
    const { id } = (await create({ name: 'D19' })).json;
    const before = await atRest();
    for (const body of [{}, '', undefined, { name: null }, { members: null }, { name: 'D19' }]) {
      const { status, json } = await update(id, body);
      expect([status, json.name]).toEqual([200, 'D19']);
    }
    expect(await stored(stack.services)).toEqual(before);
  });

  it('D20: rejects the name of another group, and frees the old name', async () => {
    const { id } = (await create({ name: 'D20' })).json;
    await create({ name: 'D20 taken' });
    const body = { name: 'D20 taken', members: [alice.id, bob.id] };
    expect(await expectRejected(() => update(id, body), 400)).toBe("group 'D20 taken' exists");
    expect((await update(id, { name: 'D20 new' })).status).toBe(200);
    expect((await create({ name: 'D20' })).status).toBe(201);
  });

  it('rejects invalid names, unknown elements and wrong types', async () => {
    const { id } = (await create({ name: 'Types' })).json;
    for (const body of [
      { name: '' },
      { name: ' ' },
      { name: 1 },
      { name: ['a'] },
      { name: 'x'.repeat(513) },
      { members: alice.id },
      { members: [1] },
      { members: Array.from({ length: 41 }, (_, index) => `u${index}`) },
      { members: Array.from({ length: 5000 }, () => alice.id) },
      { parameters: [] },
      { config: {} },
      { id: 'G' },
      { constructor: 1 },
      [],
      'null',
      '{"__proto__": {}}',
    ]) {
      await expectRejected(() => update(id, body), 400);
    }
  });

  it('applies all concurrent changes, and gives a name only once', async () => {
    const { id } = (await create({ name: 'Busy' })).json;
    const same = await Promise.all(Array.from({ length: 4 }, () => update(id, { name: 'Busy now' })));
    expect(same.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const [named, joined] = await Promise.all([
      update(id, { name: 'Busy then' }),
      update(id, { members: [alice.id, bob.id] }),
    ]);
    expect([named.status, joined.status]).toEqual([200, 200]);
    const { json } = await get(`/groups/${id}`);
    expect(json.name).toBe('Busy then');
    expect(json.members).toHaveLength(2);
    const { groups } = (await get('/groups', bob.token)).json;
    expect(groups).toContainEqual({ id, name: 'Busy then', workflow: 'HW' });
    const others = await Promise.all([create({ name: 'Rival 1' }), create({ name: 'Rival 2' })]);
    const rivals = await Promise.all(
      others.map(({ json: { id: rival } }) => update(rival, { name: 'Prize' })),
    );
    expect(rivals.map(({ status }) => status).sort()).toEqual([200, 400]);
  });
});

describe('deleting a group', () => {
  it('D21: is allowed for members, and removes uploads, runs and names', async () => {
    await quiet(stack.services);
    const before = await storedNames(stack.services);
    const { id } = (await create({ name: 'D21', members: [bob.id] })).json;
    await stack.upload(id, alice.token, 'names.txt', 'Ann');
    expect([(await remove(id, carol.token)).status, (await get(`/groups/${id}`)).status]).toEqual([403, 200]);
    const removed = await remove(id, bob.token);
    expect([removed.status, removed.text]).toEqual([204, '']);
    for (const { token } of [alice, carol]) expect((await remove(id, token)).status).toBe(404);
    await expect.poll(() => storedNames(stack.services)).toEqual(before);
  });

  it('works for two concurrent requests, and with active runs', async () => {
    const { id } = (await create({ name: 'Twice' })).json;
    const run = await stack.greet(id, alice.token, 'Ann', [{ name: 'sleeptime', value: 30 }]);
    const responses = await Promise.all([remove(id), remove(id), remove(id)]);
    expect(responses.map(({ status }) => status)).toContain(204);
    for (const { status } of responses) expect([204, 404]).toContain(status);
    expect((await get(`/groups/${id}`)).status).toBe(404);
    expect((await get(`/runs/${run.id}`)).status).toBe(404);
    // The run itself is removed after its execution is stopped.
    const left = async () =>
      (await stored(stack.services)).filter((item) => /(GROUP#|groups\/)(\w+)/.exec(item)?.[2] === id);
    await expect.poll(left).toEqual([]);
  });

  it('is completed by the sweep if an earlier release was interrupted', async () => {
    const { id } = (await create({ name: 'Torn' })).json;
    const run = await stack.greet(id, alice.token, 'Ann', [{ name: 'sleeptime', value: 30 }]);
    const set = { deleting: true, ...dueAttributes(id, stack.services.now()) };
    await stack.services.table.update(keys.group(id), { set });
    expect((await get(`/groups/${id}`)).status).toBe(404);
    expect((await remove(id)).status).toBe(404);
    await cancelRun(stack.services, await findRun(stack.services, run.id));
    await sweep(stack.services);
    await expect.poll(async () => (await create({ name: 'Torn' })).status).toBe(201);
  });
});
