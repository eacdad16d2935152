import { beforeAll, describe, expect, it } from 'vitest';
import type { StackCall } from '../../infra/local/calls.ts';
import { keys } from '../../shared/store/keys.ts';
import { hashPassword } from '../../shared/users/password.ts';
import { openRequest } from '../../shared/users/password-reset.ts';
import { findUser } from '../../shared/users/user.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

/** An attacker who controls a function other than `auth` looks for credentials. */
const calls: StackCall[] = [];
const stack = useStack({ onCall: (call) => calls.push(call) });
const post = (path: string, body: object) => stack.request('POST', path, { body });
const login = (username: string, password: string) => post('/users/login', { username, password });

describe('the data that other functions read of a user', () => {
  it('contains neither the hash of the password nor that of a mailed code', async () => {
    const { json } = await post('/users/register', { username: 'ada', password: 'pwd', verify: false });
    const { requestId } = (await post('/users/password/request', { username: 'ada' })).json;
    const user = JSON.stringify(await stack.services.table.get(keys.user(json.id)));
    expect(user).not.toMatch(/scrypt|hash/i);
    expect(await stack.services.table.get(keys.credential(json.id))).toMatchObject({
      password: expect.stringMatching(/^scrypt\$/),
      resetHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect((await post('/users/password/reset', { requestId, password: 'new' })).status).toBe(200);
    expect((await login('ada', 'new')).status).toBe(200);
  });

  it('is never requested from a credential', () => {
    const readers = calls
      .filter(({ input }) => /CREDENTIAL#|RESET#/.test(JSON.stringify(input)))
      .map(({ caller }) => caller);
    expect(new Set(readers)).toEqual(new Set(['auth', 'operator']));
  });
});

describe('an account that was stored with its hash next to its name', () => {
  let id: string;
  /** Stores an account in the form of earlier versions, in which credentials were part of the user. */
  beforeAll(async () => {
    id = (await stack.user('old')).id;
    const { table } = stack.services;
    const password = await hashPassword('old pwd', { N: 2 ** 14, r: 8, p: 1 });
    await table.remove(keys.credential(id));
    await table.update(keys.user(id), { set: { password, resetHash: 'f'.repeat(64) } });
  });

  it('can log in, which moves its hash', async () => {
    expect((await login('old', 'wrong')).status).toBe(404);
    expect((await login('old', 'old pwd')).status).toBe(200);
    const { table } = stack.services;
    expect(JSON.stringify(await table.get(keys.user(id)))).not.toMatch(/scrypt|hash/i);
    expect(await table.get(keys.credential(id))).toMatchObject({ userId: id, resetHash: 'f'.repeat(64) });
    expect((await login('old', 'old pwd')).status).toBe(200);
  });

  it('can be reset before its next login', async () => {
    const other = (await stack.user('older')).id;
    const { table } = stack.services;
    const password = await hashPassword('older pwd', { N: 2 ** 14, r: 8, p: 1 });
    await table.remove(keys.credential(other));
    await table.update(keys.user(other), { set: { password } });
    const requestId = await openRequest(stack.services, await findUser(stack.services, other));
    expect((await post('/users/password/reset', { requestId, password: 'newer' })).status).toBe(200);
    expect((await login('older', 'older pwd')).status).toBe(404);
    expect((await login('older', 'newer')).status).toBe(200);
  });
});
