import { beforeAll, describe, expect, it } from 'vitest';
import { login } from '../../shared/users/sessions.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

describe('attempts to log in and to reset passwords', () => {
  const stack = useStack({ env: { FLOWSERV_ATTEMPTS_BY_NAME: '3', FLOWSERV_ATTEMPTS_BY_ADDRESS: '8' } });
  beforeAll(async () => {
    for (const name of ['alice', 'bob', 'carol', 'dora']) await stack.user(name);
  });

  const post = (path: string, body: object) => stack.request('POST', path, { body });
  const tryLogin = (username: string, password = `password of ${username}`) =>
    post('/users/login', { username, password });
  /** Services whose clock is ahead. Tests use them with another address too, so that earlier attempts do not count. */
  const elsewhere = (minutes: number) => ({
    ...stack.services,
    now: () => new Date(Date.now() + minutes * 60_000),
  });

  it('are rejected with any password after too many failures for a name and address, until the window ends', async () => {
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      expect((await tryLogin('alice', 'wrong')).status).toBe(404);
    }
    const rejected = await tryLogin('alice');
    expect([rejected.status, rejected.json.code]).toEqual([429, 'auth.too-many']);
    const wait = Number(rejected.headers.get('retry-after'));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(900);
    const { token: other } = await login(elsewhere(0), 'alice', 'password of alice', '192.0.2.1');
    expect(other).toMatch(/^[\w-]{43}$/);
    const { token } = await login(elsewhere(16), 'alice', 'password of alice', '127.0.0.1');
    expect(token).toMatch(/^[\w-]{43}$/);
  });

  it('do not count if they succeed, and do not affect other names', async () => {
    for (let attempt = 1; attempt <= 6; attempt += 1) expect((await tryLogin('bob')).status).toBe(200);
  });

  it('count before they are checked, so that concurrent attempts do not exceed the limit', async () => {
    const many = await Promise.all(
      Array.from({ length: 8 }, () =>
        login(elsewhere(0), 'carol', 'wrong', '192.0.2.2').catch(({ status }) => status),
      ),
    );
    expect(many.toSorted()).toEqual([404, 404, 404, 429, 429, 429, 429, 429]);
  });

  it('lock no user out if concurrent attempts all succeed', async () => {
    const enter = () =>
      login(elsewhere(0), 'dora', 'password of dora', '192.0.2.4').then(
        () => 200,
        ({ retryAfter }) => retryAfter,
      );
    const many = new Set(await Promise.all(Array.from({ length: 12 }, enter)));
    expect([...many].filter((response) => ![200, 1, 3].includes(response))).toEqual([]);
    expect(await enter()).toBe(200);
  });

  it('are rejected for unknown names in the same way', async () => {
    const responses = [];
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      responses.push(await login(elsewhere(0), 'nobody', 'x', '192.0.2.3').catch(({ status }) => status));
    }
    expect(responses).toEqual([404, 404, 404, 429]);
  });

  it('to reset a password are limited by name and by address', async () => {
    const asked = [];
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      asked.push((await post('/users/password/request', { username: 'bob' })).status);
    }
    expect(asked).toEqual([200, 200, 200, 429]);
    const reset = [];
    for (let attempt = 1; attempt <= 9; attempt += 1) {
      reset.push((await post('/users/password/reset', { requestId: 'unknown', password: 'x' })).status);
    }
    expect(reset).toEqual([404, 404, 404, 404, 404, 404, 404, 404, 429]);
  });

  it('are rejected for an address that tries many names', async () => {
    const address = '2001:db8:1:2::/64';
    const responses = [];
    for (let attempt = 1; attempt <= 9; attempt += 1) {
      responses.push(
        await login(elsewhere(0), `name ${attempt}`, 'x', address).catch(({ status }) => status),
      );
    }
    expect(responses).toEqual([404, 404, 404, 404, 404, 404, 404, 404, 429]);
  });
});
