import { describe, expect, it } from 'vitest';
import { resetPassword } from '../../shared/users/password-reset.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { stored } from './stored.ts';

const stack = useStack({ env: { FLOWSERV_USER_LIST: 'all' } });

const post = (path: string, body?: unknown, token?: string) => stack.request('POST', path, { body, token });
const register = (username: unknown, password: unknown, more: object = {}) =>
  post('/users/register', { username, password, ...more });
const login = (username: string, password: string) => post('/users/login', { username, password });
const whoami = (token?: string) => stack.request('GET', '/users/whoami', { token });
const names = async (token: string, query = '') => {
  const { json } = await stack.request('GET', `/users${query}`, { token });
  return json.users.map(({ username }: { username: string }) => username);
};

describe('accounts', () => {
  it('A30: start with the default user only, which is not listed', async () => {
    expect((await stored(stack.services)).filter((item) => item.includes('USER'))).toEqual([]);
    const { id, token } = await stack.user('first');
    expect((await stack.request('GET', '/users', { token })).json).toEqual({
      users: [{ id, username: 'first' }],
    });
  });

  it('A1, A2, A3, A4: are inactive until activated, once or repeatedly', async () => {
    const account = await register('user1', 'pwd');
    expect(account.status).toBe(201);
    expect(account.json).toEqual({ id: expect.stringMatching(/^[0-9a-f]{32}$/), username: 'user1' });
    expect((await login('user1', 'pwd')).status).toBe(404);
    for (let time = 0; time < 2; time += 1) {
      const activated = await post('/users/activate', { id: account.json.id });
      expect([activated.status, activated.json]).toEqual([200, account.json]);
    }
    const session = await login('user1', 'pwd');
    expect(session.status).toBe(200);
    expect(session.json).toEqual({ ...account.json, token: expect.stringMatching(/^\S{32,}$/) });
  });

  it('A5: work immediately without verification', async () => {
    expect((await register('  trimmed ', ' pwd ', { verify: false })).json.username).toBe('trimmed');
    expect((await login('trimmed', 'pwd')).status).toBe(200);
    expect((await login('trimmed', ' pwd  ')).status).toBe(200);
  });

  it('treat the same values as false as Python', async () => {
    const { token } = (await login('first', 'password of first')).json;
    for (const verify of ['', null, {}, 'no', [0]]) {
      await register(`verify ${JSON.stringify(verify)}`, 'pwd', { verify });
    }
    expect(await names(token, '?query=verify')).toEqual(['verify ""', 'verify null', 'verify {}']);
  });

  it('A6: reject a name that is taken, even by an inactive account', async () => {
    await register('waiting', 'pwd');
    for (const name of ['waiting', ' waiting', 'first']) {
      const rejected = await register(name, 'pwd');
      expect(rejected.status).toBe(400);
      expect(rejected.json.message).toBe(`duplicate user '${name.trim()}'`);
    }
  });

  it('A7, A8: reject invalid names and passwords, and unknown or missing elements (report 14)', async () => {
    const before = await stored(stack.services);
    const long = 'x'.repeat(513);
    for (const [name, message] of [
      [null, 'missing user name'],
      ['', 'missing user name'],
      [' \t', 'missing user name'],
      [long, 'username too long'],
      [`  ${long}`, 'username too long'],
    ] as const) {
      const rejected = await register(name, 'pwd');
      expect(rejected.status).toBe(400);
      expect(rejected.json.message).toContain(message);
    }
    expect((await register('blank', ' ')).json.message).toBe('empty password');
    expect((await post('/users/register', { username: 'u' })).json.message).toBe(
      "missing element 'password'",
    );
    const extra = await register('u', 'secret-pwd', { role: 'admin' });
    expect([extra.status, extra.json.message]).toEqual([400, "unknown element 'role'"]);
    expect(extra.text).not.toContain('secret-pwd');
    expect(await stored(stack.services)).toEqual(before);
  });

  it('accept names of up to 512 characters of any width', async () => {
    for (const name of ['x'.repeat(512), '語'.repeat(512), '🎈'.repeat(512)]) {
      expect((await register(`  ${name} `, 'pwd', { verify: false })).json.username).toBe(name);
    }
    const { token } = (await login('first', 'password of first')).json;
    for (const [query, name] of [
      ['XX', 'x'.repeat(512)],
      ['語', '語'.repeat(512)],
      ['語'.repeat(400), '語'.repeat(512)],
      ['🎈', '🎈'.repeat(512)],
    ] as const) {
      expect(await names(token, `?query=${encodeURIComponent(query)}`)).toEqual([name]);
    }
    expect(await names(token, `?query=${encodeURIComponent(`${'語'.repeat(400)}x`)}`)).toEqual([]);
  });

  it('give a name to exactly one of many concurrent registrations', async () => {
    const responses = await Promise.all(Array.from({ length: 5 }, () => register('race', 'pwd')));
    expect(responses.map(({ status }) => status).sort()).toEqual([201, 400, 400, 400, 400]);
  });
});

describe('sessions', () => {
  it('A9: return the same error for an unknown name and a wrong password', async () => {
    for (const name of ['first', 'nobody']) {
      const rejected = await login(name, 'wrong');
      expect(rejected.status).toBe(404);
      expect(rejected.json.message).toBe(`unknown user '${name}'`);
    }
  });

  it('A10: get a new token with each login, and earlier tokens stay valid', async () => {
    const [one, two] = [await login('trimmed', 'pwd'), await login('trimmed', 'pwd')];
    expect(one.json.token).not.toBe(two.json.token);
    for (const { json } of [one, two]) expect((await whoami(json.token)).status).toBe(200);
  });

  it('A13, A14, A15, A16: end on logout, except other sessions of the user', async () => {
    const [mine, other] = [await login('trimmed', 'pwd'), await login('user1', 'pwd')];
    for (const token of [undefined, '', 'null', 'unknown']) {
      const rejected = await post('/users/logout', {}, token);
      expect([rejected.status, rejected.json.message]).toEqual([403, 'not logged in']);
    }
    const out = await post('/users/logout', {}, mine.json.token);
    expect(out.status).toBe(200);
    expect(out.json).toEqual({ id: mine.json.id, username: 'trimmed' });
    expect((await whoami(mine.json.token)).status).toBe(403);
    expect((await whoami(other.json.token)).status).toBe(200);
    expect((await post('/users/logout', undefined, other.json.token)).status).toBe(200);
  });

  it('A17: return their user in whoami', async () => {
    const { json } = await login('first', 'password of first');
    const me = await whoami(json.token);
    expect(me.json).toEqual({ id: json.id, username: 'first', token: json.token });
    expect(
      (await stack.request('GET', '/users/whoami', { headers: { authorization: `Bearer ${json.token}` } }))
        .json,
    ).toEqual(me.json);
  });

  it('store neither passwords nor tokens in clear text', async () => {
    const { json } = await login('first', 'password of first');
    const everything = (await stored(stack.services)).join('\n');
    expect(everything).not.toContain(json.token);
    expect(everything).not.toContain('password of first');
  });
});

describe('the list of users', () => {
  it('A18, A22: requires a login', async () => {
    for (const token of [undefined, 'unknown']) {
      const rejected = await stack.request('GET', '/users', { token });
      expect([rejected.status, rejected.json.message]).toEqual([403, 'not logged in']);
    }
  });

  it('A19, A20, A23: contains only active users, only with id and name, in the order of their names', async () => {
    const { token } = (await login('first', 'password of first')).json;
    const before = await names(token);
    const { json: late } = await register('late comer', 'pwd');
    expect(await names(token)).toEqual(before);
    await post('/users/activate', { id: late.id });
    const listing = await stack.request('GET', '/users', { token });
    expect(listing.json.users).toHaveLength(before.length + 1);
    expect(listing.json.users).toContainEqual({ id: late.id, username: 'late comer' });
    for (const user of listing.json.users) expect(Object.keys(user).sort()).toEqual(['id', 'username']);
    const after = await names(token);
    expect(after).toEqual(after.toSorted());
    expect(after).not.toContain('waiting');
  });

  it('A21: can be filtered by the beginning of names', async () => {
    const { token } = (await login('first', 'password of first')).json;
    for (const name of ['abc@me', 'ade@me', 'abc@you', 'def@me'])
      await register(name, 'pwd', { verify: false });
    expect(await names(token, '?query=a')).toEqual(['abc@me', 'abc@you', 'ade@me']);
    expect(await names(token, '?query=AB')).toEqual(['abc@me', 'abc@you']);
    expect(await names(token, '?query=ade')).toEqual(['ade@me']);
    expect(await names(token, `?query=${'a'.repeat(4000)}`)).toEqual([]);
    expect(await names(token, `?query=${encodeURIComponent('é'.repeat(600))}`)).toEqual([]);
  });
});

describe('a password reset', () => {
  const request = (username: string) => post('/users/password/request', { username });
  const reset = (requestId: string, password: string) =>
    post('/users/password/reset', { requestId, password });

  it('A24: returns a request id for every name', async () => {
    for (const name of ['nobody', 'waiting', 'first']) {
      const response = await request(name);
      expect(response.status).toBe(200);
      expect(response.json).toEqual({ requestId: expect.stringMatching(/^[0-9a-f]{32}$/) });
    }
  });

  it('A25, A26, A27: keeps the old password until the reset, which ends all sessions and works once', async () => {
    const { json: first } = await login('user1', 'pwd');
    const { requestId } = (await request('user1')).json;
    const { json: second } = await login('user1', 'pwd');
    expect((await whoami(second.token)).status).toBe(200);

    const done = await reset(requestId, 'new pwd');
    expect([done.status, done.json]).toEqual([200, { id: first.id, username: 'user1' }]);
    for (const token of [first.token, second.token]) expect((await whoami(token)).status).toBe(403);
    expect((await login('user1', 'pwd')).status).toBe(404);
    expect((await login('user1', 'new pwd')).status).toBe(200);

    for (const id of [requestId, 'unknown', '']) {
      const rejected = await reset(id, 'other');
      expect([rejected.status, rejected.json.message]).toEqual([404, `unknown request '${id}'`]);
    }
  });

  it('A28: expires at the same time as a token, to the millisecond', async () => {
    const { requestId } = (await request('user1')).json;
    const in24Hours = Date.now() + 86_400_000;
    const late = { ...stack.services, now: () => new Date(in24Hours) };
    await expect(resetPassword(late, requestId, 'late pwd', '127.0.0.1')).rejects.toMatchObject({
      status: 404,
      message: `unknown request '${requestId}'`,
    });
    expect((await reset(requestId, 'new pwd')).status).toBe(200);
  });

  it('A29: checks the password before the request, and does not consume the request', async () => {
    const { requestId } = (await request('user1')).json;
    for (const id of [requestId, 'unknown']) {
      const rejected = await reset(id, ' \t');
      expect([rejected.status, rejected.json.message]).toEqual([400, 'empty password']);
    }
    expect((await reset(requestId, 'newer pwd')).status).toBe(200);
  });

  it('invalidates the previous request, and resets nothing for an inactive account', async () => {
    const [old, current] = [await request('user1'), await request('user1')];
    expect((await reset(old.json.requestId, 'pwd')).status).toBe(404);
    expect((await reset(current.json.requestId, 'pwd')).status).toBe(200);
    expect((await reset((await request('waiting')).json.requestId, 'pwd')).status).toBe(404);
  });
});
