import { beforeAll, describe, expect, it } from 'vitest';
import { keys } from '../../shared/store/keys.ts';
import { changeAccount } from '../../shared/users/account-state.ts';
import { login } from '../../shared/users/sessions.ts';
import { hashAtUsualCost } from '../cheap-hashes.ts';
import { mailedIds } from '../end-to-end/mailed-ids.ts';
import { poll, type RunningStack } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

/** Attackers who want another user's account, an account without approval, or to lock out others. */
const requestsTo = (stack: RunningStack) => ({
  post: (path: string, body: object) => stack.request('POST', path, { body }),
  login: (username: string, password: string) =>
    stack.request('POST', '/users/login', { body: { username, password } }),
  register: (username: string, verify = false, from = '192.0.2.1') =>
    stack.request('POST', '/users/register', {
      body: { username, password: "attacker's", verify },
      headers: { 'x-forwarded-for': from },
    }),
});

describe('an attacker who registers the mail address of another person', () => {
  const victim = 'victim@example.org';
  const stack = useStack({
    env: {
      FLOWSERV_PASSWORD_RESET: 'mail',
      FLOWSERV_MAIL_FROM: 'robot@example.org',
      FLOWSERV_TRUSTED_PROXY: '127.0.0.1',
    },
    check: 'consistency',
  });
  const { post, login: enter, register } = requestsTo(stack);

  /** Waits for `count` mails to an address and returns the ids in them, oldest first. */
  const mailedTo = (address: string, count: number) =>
    poll(async () => {
      const found = idsFor(address);
      return found.length >= count ? found : undefined;
    }, `no ${count} mails to ${address}`);
  const idsFor = (address: string) => mailedIds(stack.dataDir, address);
  /** Number of confirmation mails to a mailbox on this day. */
  const mailsTo = async (mailbox: string) =>
    (await stack.services.table.get(keys.attempts('mail#mailbox', mailbox)))?.failed;

  it('can never log in, because the owner sets the password with the mailed code', async () => {
    const { status, json } = await register(victim);
    expect(status).toBe(201);
    const credential = await stack.services.table.get(keys.credential(json.id));
    expect(credential).not.toHaveProperty('password');
    const [code = ''] = await mailedTo(victim, 1);

    expect((await post('/users/activate', { id: json.id, password: "attacker's" })).status).toBe(404);
    expect((await post('/users/activate', { id: code })).status).toBe(400);
    const activated = await post('/users/activate', { id: code, password: "owner's" });

    expect([activated.status, activated.json]).toEqual([200, { id: json.id, username: victim }]);
    expect((await enter(victim, "attacker's")).status).toBe(404);
    expect((await enter(victim, "owner's")).status).toBe(200);
    expect((await post('/users/activate', { id: code, password: "owner's" })).status).toBe(200);
    expect((await post('/users/activate', { id: code, password: "attacker's" })).status).toBe(404);
    expect((await enter(victim, "owner's")).status).toBe(200);
  });

  it('learns nothing by registering it again, and only the newest code is valid', async () => {
    const name = 'again@example.org';
    const responses = [await register(name), await register(name, true), await register(name)];
    const [first, ...others] = responses.map(({ status, text }) => ({ status, text }));
    for (const other of others) expect(other).toEqual(first);
    const codes = await mailedTo(name, 3);
    expect(new Set(codes).size).toBe(3);
    for (const [index, id] of codes.entries()) {
      const { status } = await post('/users/activate', { id, password: 'pwd' });
      expect([index, status]).toEqual([index, index === 2 ? 200 : 404]);
    }
    const rejected = await register(name);
    expect([rejected.status, rejected.json.message]).toEqual([400, `duplicate user '${name}'`]);
  });

  it('cannot lock the owner out by a different spelling of the address', async () => {
    expect((await register('Early@example.org')).status).toBe(201);
    const { status, json } = await register('early@example.org');
    expect([status, json.username]).toEqual([201, 'Early@example.org']);
    const codes = await mailedTo('Early@example.org', 2);
    expect((await post('/users/activate', { id: codes[1], password: "owner's" })).status).toBe(200);

    for (const name of ['\uff45arly2@example.org', 'e\u200darly2@example.org', 'early2@ex\u200cample.org']) {
      const rejected = await register(name);
      expect([rejected.status, rejected.json.message]).toEqual([
        400,
        expect.stringContaining('plain letters'),
      ]);
    }
    expect((await register('early2@example.org')).status).toBe(201);
  });

  it('does not exhaust the mails for password resets', async () => {
    const { json } = await register('owner@example.org');
    await changeAccount(stack.services, json.id, 'activate');
    for (const [index, tag] of ['a', 'b', 'c', 'd', 'e', 'f'].entries()) {
      await register(`owner+${tag}@example.org`, false, `192.0.2.${index}`);
    }
    const before = () => idsFor('owner@example.org').length;
    await expect.poll(() => mailsTo('owner@example.org')).toBe(5);
    const count = before();
    await post('/users/password/request', { username: 'owner@example.org' });
    expect(await mailedTo('owner@example.org', count + 1)).toHaveLength(count + 1);
  });

  it('gets the same response for names that are not mail addresses, whatever their length', async () => {
    for (const username of [`a@${'.'.repeat(30_000)}`, `${'x'.repeat(600)}@example.org`, '']) {
      expect((await post('/users/password/request', { username })).status).toBe(200);
    }
  });

  it('cannot flood a mailbox, whatever its spelling, and leaves mails for its owner', async () => {
    const tagged = ['box+a@example.org', 'BOX+b@EXAMPLE.org', 'box+c@example.org', 'box+d@example.org'];
    for (const name of tagged) expect((await register(name)).status).toBe(201);
    await expect.poll(() => mailsTo('box@example.org')).toBe(3);

    for (let time = 1; time <= 3; time += 1) await register('Box@example.org', true, '198.51.100.7');

    await mailedTo('Box@example.org', 2);
    await expect.poll(() => mailsTo('box@example.org')).toBe(5);
    expect([...tagged, 'Box@example.org'].flatMap(idsFor)).toHaveLength(5);
  });
});

describe('an account without approval', () => {
  const stack = useStack({ env: { FLOWSERV_SIGNUP: 'approval' }, check: 'consistency' });
  const { post, login: enter, register } = requestsTo(stack);
  const happen = (id: string, event: 'approve' | 'disable' | 'enable') =>
    changeAccount(stack.services, id, event);

  it('gets a 404 at login until the operator approves it, whatever its owner confirms', async () => {
    const { id } = (await register('eve', true)).json;
    expect((await post('/users/activate', { id })).status).toBe(200);
    expect((await post('/users/activate', { id })).status).toBe(200);
    const rejected = await enter('eve', "attacker's");
    expect([rejected.status, rejected.json.message]).toEqual([404, "unknown user 'eve'"]);
    await happen(id, 'approve');
    expect((await enter('eve', "attacker's")).status).toBe(200);
  });

  it('loses access immediately when it is disabled, and cannot enable itself', async () => {
    const { id, token } = await stack.user('mallory');
    const whoami = () => stack.request('GET', '/users/whoami', { token });
    const { requestId } = (await post('/users/password/request', { username: 'mallory' })).json;
    expect((await whoami()).status).toBe(200);

    await happen(id, 'disable');

    expect((await whoami()).status).toBe(403);
    expect((await enter('mallory', 'password of mallory')).status).toBe(404);
    expect((await post('/users/activate', { id })).status).toBe(404);
    expect((await post('/users/password/reset', { requestId, password: 'new' })).status).toBe(404);
    expect((await register('mallory')).status).toBe(400);
    await happen(id, 'enable');
    expect((await whoami()).status).toBe(403);
    expect((await enter('mallory', 'password of mallory')).status).toBe(200);
  });

  it('is not approved by being disabled and enabled', async () => {
    const { id } = (await register('trent', true)).json;
    for (const event of ['disable', 'disable', 'enable', 'disable', 'enable'] as const)
      await happen(id, event);
    await expect(happen(id, 'enable')).rejects.toThrow('is not confirmed');
    expect((await enter('trent', "attacker's")).status).toBe(404);
    expect((await post('/users/activate', { id })).status).toBe(200);
    for (const event of ['disable', 'enable'] as const) await happen(id, event);
    await expect(happen(id, 'enable')).rejects.toThrow('waits for approval');
    expect((await enter('trent', "attacker's")).status).toBe(404);
    await happen(id, 'approve');
    expect((await enter('trent', "attacker's")).status).toBe(200);
  });

  it('does not keep its name permanently', async () => {
    const { id } = (await register('squatter', true)).json;
    const { table } = stack.services;
    const over = { set: { expiresAt: Date.now() - 1 } };
    await table.update(keys.user(id), over);
    await table.update(keys.userName('squatter'), over);
    expect((await post('/users/activate', { id })).status).toBe(404);
    const { status, json } = await register('squatter');
    expect(status).toBe(201);
    expect(json.id).not.toBe(id);
    await table.remove(keys.user(id));
    await table.remove(keys.credential(id));
  });
});

describe('a server with closed registration', () => {
  const stack = useStack({ env: { FLOWSERV_SIGNUP: 'closed' } });
  const { register, login: enter } = requestsTo(stack);

  it('does not reveal whether a name is registered', async () => {
    await stack.user('alice');
    const [known, unknown] = [await register('alice'), await register('bob')];
    expect([known.status, known.json.code]).toEqual([403, 'auth.sign-up-closed']);
    expect({ ...unknown.json, requestId: '' }).toEqual({ ...known.json, requestId: '' });
    expect((await enter('alice', 'password of alice')).status).toBe(200);
  });
});

describe('an attacker who guesses a password', () => {
  const stack = useStack({ env: { FLOWSERV_ATTEMPTS_BY_NAME: '2', FLOWSERV_ATTEMPTS_BY_ADDRESS: '1000' } });
  const from = (address: string, password = 'password of alice') =>
    login(stack.services, 'alice', password, address).then(
      () => 200,
      ({ status }) => status,
    );
  beforeAll(async () => {
    await stack.user('alice');
  });

  it('is blocked by address, and does not lock out the user at any other address', async () => {
    const guesses = [];
    for (let guess = 1; guess <= 3; guess += 1) guesses.push(await from('192.0.2.66', 'wrong'));
    expect(guesses).toEqual([404, 404, 429]);
    expect(await from('192.0.2.66')).toBe(429);
    expect(await from('192.0.2.1')).toBe(200);
  });

  it('from many addresses is blocked at all addresses except those from which the user logged in', async () => {
    // Stores the 18 remaining failures for the name directly, since each real one costs a hash.
    const counter = keys.attempts('login#name', 'alice');
    await stack.services.table.update(counter, { set: { failed: 20 } });
    expect(await from('192.0.2.99')).toBe(429);
    expect(await from('192.0.2.1')).toBe(200);
    expect(await from('192.0.2.1', 'wrong')).toBe(404);
  });
});

describe('a flood of passwords to hash', () => {
  hashAtUsualCost();
  const stack = useStack({ env: { FLOWSERV_ATTEMPTS_BY_ADDRESS: '30' }, check: 'faults' });
  const { register } = requestsTo(stack);

  it('is rejected early, without failures of other requests', async () => {
    const flood = Array.from({ length: 24 }, (_, number) => register(`flood ${number}`));
    const responses = await Promise.all(flood);
    const statuses = responses.map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([201, 429]));
    expect(statuses.filter((status) => status === 201).length).toBeLessThan(24);
    const rejected = responses.find(({ status }) => status === 429);
    expect(rejected?.json.code).toBe('auth.busy');
    expect(Number(rejected?.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('from one address ends at the limit of registrations for an address', async () => {
    // Registrations of taken names need no hash, but count as well.
    const more = await Promise.all(Array.from({ length: 12 }, () => register('flood 0')));
    expect(more.map(({ status }) => status)).toContain(429);
    expect((await register('flood 0')).json.code).toBe('auth.too-many');
  });
});
