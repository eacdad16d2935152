import { beforeAll, describe, expect, it } from 'vitest';
import { storedNames } from '../end-to-end/consistency.ts';
import { fixture } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { stored } from './stored.ts';

const stack = useStack();
let alice: { id: string; token: string };
let bob: { id: string; token: string };
let carol: { id: string; token: string };

beforeAll(async () => {
  [alice, bob, carol] = await Promise.all([stack.user('alice'), stack.user('bob'), stack.user('carol')]);
  await stack.install(fixture('hello-world'), { id: 'HW' });
  await stack.install(fixture('hello-world-postproc'), { id: 'HWP' });
});

const create = (body: unknown, { token = alice.token, workflow = 'HW' } = {}) =>
  stack.request('POST', `/workflows/${workflow}/groups`, { token, body });
const get = (path: string, token = alice.token) => stack.request('GET', path, { token });
const remove = (id: string, token = alice.token) =>
  stack.request('DELETE', `/groups/${id}`, { token, body: {} });

/** Expects a response to a request that changes nothing. */
async function expectRejected(
  attempt: () => Promise<{ status: number; json: { message: string } }>,
  status: number,
) {
  const before = await stored(stack.services);
  const response = await attempt();
  expect(response.status).toBe(status);
  expect(await stored(stack.services)).toEqual(before);
  return response.json.message;
}

describe('creating a group', () => {
  it('D1: returns its handle, with the caller as a member', async () => {
    const { status, json } = await create({ name: 'D1' });
    expect(status).toBe(201);
    expect(json).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      name: 'D1',
      workflow: 'HW',
      members: [{ id: alice.id, username: 'alice' }],
      parameters: (await get('/workflows/HW')).json.parameters,
      files: [],
      config: null,
    });
  });

  it('D2: rejects the name of another group of the workflow', async () => {
    await create({ name: 'D2' });
    expect(await expectRejected(() => create({ name: 'D2' }, { token: bob.token }), 400)).toBe(
      "group 'D2' exists",
    );
    expect((await create({ name: 'd2' })).status).toBe(400);
    expect((await create({ name: 'D2a' })).status).toBe(201);
    expect((await create({ name: 'D2' }, { workflow: 'HWP' })).status).toBe(201);
  });

  it('D3, D4: rejects members that are unknown, inactive or not a list', async () => {
    const account = { username: 'sleeper', password: 'pwd' };
    const sleeper = await stack.request('POST', '/users/register', { body: account });
    for (const id of ['unknown', sleeper.json.id, '', 'a/b#c', 'x'.repeat(5000), '__proto__']) {
      const message = await expectRejected(() => create({ name: 'D3', members: [bob.id, id] }), 400);
      expect(message).toBe(`unknown user '${id.slice(0, 100)}'`);
    }
    for (const members of [alice.id, { 0: alice.id }, 1, true]) {
      expect(await expectRejected(() => create({ name: 'D4', members }), 400)).toBe('members not a list');
    }
    for (const members of [[null], [1], [[alice.id]], [{}]]) {
      expect(await expectRejected(() => create({ name: 'D4', members }), 400)).toContain("'members.0'");
    }
  });

  it('D5: adds each member once', async () => {
    const { json } = await create({ name: 'D5', members: [alice.id, bob.id, alice.id, bob.id] });
    expect(json.members.map(({ id }: { id: string }) => id)).toEqual([alice.id, bob.id]);
  });

  it('D6: rejects invalid names, and keeps the blanks around valid ones', async () => {
    for (const name of ['', ' ', '\t\n', 'x'.repeat(513), '🎈'.repeat(513), `${' '.repeat(9000)}x`]) {
      expect(await expectRejected(() => create({ name }), 400)).toBe('invalid name');
    }
    for (const name of [' D6 ', '🎈'.repeat(512), '../../etc', '__proto__', '#']) {
      const { status, json } = await create({ name });
      expect([status, json.name]).toEqual([201, name]);
      expect((await get(`/groups/${json.id}`)).json.name).toBe(name);
    }
  });

  it('D7, D8: requires a user, then an existing workflow', async () => {
    for (const token of ['unknown', '']) await expectRejected(() => create({ name: 'D7' }, { token }), 403);
    const message = await expectRejected(() => create({ name: 'D8' }, { workflow: 'unknown' }), 404);
    expect(message).toBe("unknown workflow 'unknown'");
  });

  it('D9: accepts an identifier, once over all workflows', async () => {
    expect((await create({ name: 'D9', id: 'G001' })).json.id).toBe('G001');
    await stack.upload('G001', alice.token, 'names.txt', 'Ann');
    for (const workflow of ['HW', 'HWP']) {
      const message = await expectRejected(() => create({ name: 'D9 again', id: 'G001' }, { workflow }), 400);
      expect(message).toBe("group identifier 'G001' is in use");
    }
    for (const id of ['', '-', 'a b', 'x'.repeat(33), 'a#META', 'é']) {
      expect(await expectRejected(() => create({ name: 'D9 x', id }), 400)).toBe(
        `invalid identifier '${id}'`,
      );
    }
    expect((await create({ name: 'D9 null', id: null, members: null, parameters: null })).status).toBe(201);
  });

  it('D10: adds its own parameters to those of the workflow, and accepts a configuration under both names', async () => {
    const workers = [{ name: 'w', type: 'docker', variables: { python: 'python3' } }];
    const { parameters } = (await get('/workflows/HW')).json;
    const own = [
      ...parameters,
      { name: 'extra', dtype: 'int', index: 3, isRequired: false, range: '[0.0,9.0]' },
    ];
    const created = await create({ name: 'D10', parameters: own, config: { workers } });
    expect(created.status).toBe(201);
    expect(created.json.parameters).toEqual(own);
    expect(created.json.config).toEqual({ workers });
    const { runs, ...read } = (await get(`/groups/${created.json.id}`)).json;
    expect(read).toEqual(created.json);
    expect(runs).toEqual([]);
    expect((await create({ name: 'D10 engine', engine: { workers } })).json.config).toEqual({ workers });
    expect((await get('/workflows/HW')).json.parameters).toEqual(parameters);
  });

  it('rejects invalid parameters, parameter names that commands use otherwise, and invalid configurations', async () => {
    for (const parameters of [
      'names',
      {},
      [1],
      [null],
      [[]],
      [{}],
      [{ name: 'names' }],
      [{ name: 'names', dtype: 'none' }],
      [{ name: 'names', dtype: 'file', target: '../up' }],
      [{ name: 'constructor', dtype: '__proto__' }],
      Array.from({ length: 2 }, () => ({ name: 'names', dtype: 'int' })),
      [{ name: 'inputfile', dtype: 'int' }],
      [{ name: 'python', dtype: 'string' }],
    ]) {
      await expectRejected(() => create({ name: 'wrong', parameters }), 400);
    }
    const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
    for (const config of [
      'config',
      [],
      1,
      { workers: 'w' },
      { workers: [1] },
      { workers: [{ name: 'w', type: 'none' }] },
      { workflow: [{ step: 's', worker: 'unknown' }] },
      { other: 'x'.repeat(40_000) },
      { other: nested(500) },
    ]) {
      await expectRejected(() => create({ name: 'wrong', config }), 400);
    }
  });

  it('keeps a configuration unchanged, with any depth and numbers', async () => {
    const nested = (depth: number): unknown => (depth === 0 ? [] : { x: nested(depth - 1) });
    const config = { deep: nested(60), large: 1e300, long: 2 ** 80, text: '', 'a.b': null };
    const { json } = await create({ name: 'kept', config });
    expect((await get(`/groups/${json.id}`)).json.config).toEqual(config);
  });

  it('keeps a list of parameters that is too long for an item, and removes it with the group', async () => {
    const { parameters } = (await get('/workflows/HW')).json;
    const own = [
      ...parameters,
      { name: 'x', dtype: 'string', index: 3, isRequired: false, help: 'y'.repeat(200_000) },
    ];
    // A deletion rebuilds the leaderboard.
    const left = async () => (await storedNames(stack.services)).filter((name) => !name.includes('/boards/'));
    const before = await left();
    const { json } = await create({ name: 'long', id: 'LONG', parameters: own });
    expect(json.parameters).toEqual(own);
    for (const body of [{ name: 'long' }, { name: 'longer', id: 'LONG' }]) {
      await expectRejected(() => create({ ...body, parameters: own }), 400);
    }
    expect((await get('/groups/LONG')).json.parameters).toEqual(own);
    await remove('LONG');
    await expect.poll(left).toEqual(before);
  });

  it('gives a name and an identifier to exactly one of many concurrent requests', async () => {
    const byName = await Promise.all(Array.from({ length: 5 }, () => create({ name: 'race' })));
    expect(byName.map(({ status }) => status).sort()).toEqual([201, 400, 400, 400, 400]);
    const named = Array.from({ length: 5 }, (_, index) => create({ name: `race ${index}`, id: 'RACE' }));
    const byId = await Promise.all(named);
    expect(byId.map(({ status }) => status).sort()).toEqual([201, 400, 400, 400, 400]);
    const winner = byId.find(({ status }) => status === 201);
    expect((await get('/groups/RACE')).json.name).toBe(winner?.json.name);
    const { groups } = (await get('/workflows/HW/groups')).json;
    expect(groups.filter(({ name }: { name: string }) => name.startsWith('race'))).toHaveLength(2);
  });
});

describe('reading groups', () => {
  it('D11: returns 404 for an unknown group', async () => {
    const { id } = (await create({ name: 'D11' })).json;
    const found = await get(`/groups/${id}`);
    expect([found.status, found.json.runs]).toEqual([200, []]);
    for (const path of ['/groups/unknown', '/groups/unknown/runs', '/uploads/unknown/files']) {
      const unknown = await get(path);
      expect([unknown.status, unknown.json.message]).toEqual([404, "unknown group 'unknown'"]);
    }
  });

  it('D12: shows uploads and runs to members', async () => {
    const { id } = (await create({ name: 'D12', members: [bob.id] })).json;
    const upload = await stack.upload(id, alice.token, 'names.txt', 'Ann');
    const run = await stack.greet(id, alice.token, 'Bob', [{ name: 'sleeptime', value: 30 }]);
    const { json } = await get(`/groups/${id}`, bob.token);
    expect(json.files).toHaveLength(2);
    expect(json.files).toContainEqual(upload.json);
    const { createdAt, version, versionNumber } = run;
    const shown = { id: run.id, state: expect.any(String), createdAt, version, versionNumber };
    const active = { inputs: ['names.txt'], reason: expect.any(String), since: expect.any(String) };
    expect(json.runs).toEqual([{ ...shown, ...active }]);
    await remove(id);
    expect((await get(`/runs/${run.id}`)).status).toBe(404);
  });

  it("D13, D14: lists the caller's groups, of one workflow or of all", async () => {
    const mine = [
      (await create({ name: 'One' }, { token: carol.token })).json,
      (await create({ name: 'Two', members: [carol.id] }, { token: bob.token })).json,
      (await create({ name: 'Three' }, { token: carol.token, workflow: 'HWP' })).json,
    ].map(({ id, name, workflow }) => ({ id, name, workflow }));
    const list = async (path: string) => (await get(path, carol.token)).json.groups;
    expect(await list('/workflows/HW/groups')).toHaveLength(2);
    expect(await list('/workflows/HWP/groups')).toEqual([mine[2]]);
    const all = await list('/groups');
    expect(all).toHaveLength(3);
    expect(all).toEqual(expect.arrayContaining(mine));
  });
});
