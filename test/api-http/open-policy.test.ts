import { beforeAll, describe, expect, it } from 'vitest';
import { createGroup } from '../../shared/groups/create.ts';
import { findGroup } from '../../shared/groups/group.ts';
import { fixture } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

const OWNER = '00000000';
const stack = useStack({ env: { FLOWSERV_AUTH: 'open' } });
let alice: { id: string; token: string };
/** A group of Alice's, as it exists after a change of the policy. */
let hers: string;

beforeAll(async () => {
  alice = await stack.user('alice');
  await stack.install(fixture('hello-world'), { id: 'HW' });
  hers = (await createGroup(stack.services, { id: alice.id, name: 'alice' }, 'HW', { name: 'Hers' })).id;
});

const ask = (method: string, path: string, body?: unknown, token?: string) =>
  stack.request(method, path, { body, token });

describe('the open policy', () => {
  it('D22: makes every caller the default user, with or without a token', async () => {
    for (const token of [undefined, alice.token, 'null']) {
      const name = `Open ${token?.slice(0, 4)}`;
      const { status, json } = await ask('POST', '/workflows/HW/groups', { name }, token);
      expect(status).toBe(201);
      expect(json.members).toEqual([{ id: OWNER, username: OWNER }]);
      expect((await findGroup(stack.services, json.id)).ownerId).toBe(OWNER);
    }
    const { groups } = (await ask('GET', '/groups')).json;
    expect(groups).toHaveLength(3);
    expect((await ask('GET', '/workflows/HW')).json.groups).toEqual(groups);
    expect((await ask('GET', '/workflows/HW/groups')).json.groups).toEqual(groups);
  });

  it('D22, D23: lets every caller read and change groups of others', async () => {
    expect((await ask('GET', `/groups/${hers}`)).status).toBe(200);
    const { json } = await ask('PUT', `/groups/${hers}`, { name: 'Ours', members: [alice.id, OWNER] });
    expect(json.members.map(({ id }: { id: string }) => id)).toEqual([alice.id, OWNER]);
    expect((await ask('PUT', `/groups/${hers}`, { members: ['unknown'] })).status).toBe(404);
    const both = { name: 'Both', members: [OWNER, alice.id, OWNER] };
    expect((await ask('POST', '/workflows/HW/groups', both)).json.members).toHaveLength(2);
  });

  it('E19, D23: requires no membership for runs and their files, but they must exist', async () => {
    const { id } = await stack.greet(hers, '', 'Ann\n', [{ name: 'sleeptime', value: 0 }]);
    const run = await stack.ended(id, '');
    expect(run.state).toBe('SUCCESS');
    for (const path of [`/runs/${id}`, `/runs/${id}/downloads/archive`, `/groups/${hers}/runs`]) {
      expect((await ask('GET', path)).status, path).toBe(200);
    }
    for (const path of ['/runs/unknown', '/runs/unknown/downloads/archive', '/groups/unknown/runs']) {
      expect((await ask('GET', path)).status, path).toBe(404);
    }
    expect((await ask('DELETE', `/runs/${id}`)).status).toBe(204);
    expect((await ask('DELETE', `/groups/${hers}`)).status).toBe(204);
    expect((await ask('GET', `/groups/${hers}`)).status).toBe(404);
  });

  it('requires no token on any route, and names no user in the descriptor', async () => {
    for (const token of [undefined, 'null', 'never-issued']) {
      expect((await ask('GET', '/', undefined, token)).json).not.toHaveProperty('username');
      expect((await ask('GET', '/users/whoami', undefined, token)).json).toMatchObject({ id: OWNER });
      const out = await ask('POST', '/users/logout', {}, token);
      expect([out.status, out.json]).toEqual([200, { id: OWNER, username: OWNER }]);
    }
    expect((await ask('GET', '/', undefined, alice.token)).json).not.toHaveProperty('username');
    const { users } = (await ask('GET', '/users')).json;
    expect(users).toEqual([{ id: alice.id, username: 'alice' }]);
  });

  it('names the user of a token in whoami until the session ends (report 21)', async () => {
    const account = { username: 'alice', password: 'password of alice' };
    const { json: session } = await ask('POST', '/users/login', account);
    const who = await ask('GET', '/users/whoami', undefined, session.token);
    expect([who.status, who.json]).toEqual([200, session]);
    expect(session).toMatchObject({ id: alice.id, username: 'alice' });

    const out = await ask('POST', '/users/logout', {}, session.token);

    expect(out.json).toEqual({ id: alice.id, username: 'alice' });
    expect((await ask('GET', '/users/whoami', undefined, session.token)).json).toMatchObject({ id: OWNER });
  });

  it('rejects a login as the default user, and a registration of its name', async () => {
    for (const password of ['', OWNER]) {
      const rejected = await ask('POST', '/users/login', { username: OWNER, password });
      expect(rejected.status).toBe(404);
    }
    expect((await ask('POST', '/users/activate', { id: OWNER })).status).toBe(404);
    const account = { username: OWNER, password: 'pwd', verify: false };
    expect((await ask('POST', '/users/register', account)).json.message).toBe(`duplicate user '${OWNER}'`);
  });
});
