import { beforeAll, describe, expect, it } from 'vitest';
import { sendAccountMail } from '../../shared/users/account-mail.ts';
import { changeAccount } from '../../shared/users/account-state.ts';
import { openRequest } from '../../shared/users/password-reset.ts';
import { findUserByName } from '../../shared/users/user.ts';
import { mailedIds, mails } from '../end-to-end/mailed-ids.ts';
import { poll, type RunningStack } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

/** Requests that anyone may send to a stack. */
function requestsTo(stack: RunningStack) {
  const post = (path: string, body: unknown) => stack.request('POST', path, { body });
  const ask = async (username: string): Promise<string> => {
    const response = await post('/users/password/request', { username });
    expect(response.status).toBe(200);
    expect(response.json).toEqual({ requestId: expect.stringMatching(/^[0-9a-f]{32}$/) });
    return response.json.requestId;
  };
  const reset = (requestId: string, password: string) =>
    post('/users/password/reset', { requestId, password });
  const login = (username: string, password: string) => post('/users/login', { username, password });
  return { post, ask, reset, login };
}

describe('accounts and resets by mail', () => {
  const ada = 'ada@example.org';
  const stack = useStack({
    env: { FLOWSERV_PASSWORD_RESET: 'mail', FLOWSERV_MAIL_FROM: 'robot@example.org' },
  });
  const { post, ask, reset, login } = requestsTo(stack);
  beforeAll(async () => {
    await Promise.all([stack.user(ada), stack.user('plain')]);
  });

  /** Waits for a number of mails to an address, and returns their ids. */
  const idsFor = (address: string, count: number) =>
    poll(async () => {
      const ids = mailedIds(stack.dataDir, address);
      return ids.length >= count ? ids : undefined;
    }, `no ${count} mails to ${address}`);

  it('activates a new account only by the code that was mailed to its address', async () => {
    const account = { username: 'new@example.org', password: 'pwd', verify: false };
    const { id } = (await post('/users/register', account)).json;
    expect((await login(account.username, 'pwd')).status).toBe(404);
    const [code = ''] = await idsFor(account.username, 1);
    for (const wrong of [id, id + 'f'.repeat(32), `${code}x`, code.slice(1), '']) {
      expect((await post('/users/activate', { id: wrong, password: 'own' })).status).toBe(404);
    }
    for (const password of [undefined, ' ']) {
      expect((await post('/users/activate', { id: code, password })).status).toBe(400);
    }
    for (let time = 0; time < 2; time += 1) {
      const activated = await post('/users/activate', { id: code, password: 'own' });
      expect([activated.status, activated.json]).toEqual([200, { id, username: account.username }]);
    }
    expect((await login(account.username, 'own')).status).toBe(200);
  });

  it("mails a reset to the address that is the user's name; the returned id resets nothing", async () => {
    const receipt = await ask(ada);
    const [requestId = ''] = await idsFor(ada, 1);
    expect(mails(stack.dataDir).at(-1)).toMatch(/^From: .*robot@example\.org/m);
    expect(requestId).toMatch(/^[0-9a-f]{32}$/);
    expect(requestId).not.toBe(receipt);
    expect((await reset(receipt, 'new')).status).toBe(404);
    expect((await reset(requestId, 'new')).status).toBe(200);
    expect((await login(ada, 'new')).status).toBe(200);
  });

  it('sends no reset for unknown, inactive or other names than addresses, but returns the same response', async () => {
    const eve = 'eve@example.org';
    await post('/users/register', { username: eve, password: 'pwd' });
    await idsFor(eve, 1);
    for (const name of ['plain', 'nobody@example.org', eve]) {
      expect((await reset(await ask(name), 'new')).status).toBe(404);
    }
    await ask(ada);
    await idsFor(ada, 2);
    expect(mailedIds(stack.dataDir, eve)).toHaveLength(1);
    expect(mailedIds(stack.dataDir, 'nobody@example.org')).toEqual([]);
  });

  it('drops a mail that the service rejects, and retries one that it may accept later', async () => {
    const order = { kind: 'reset', username: ada, address: '192.0.2.7' } as const;
    const failing = (name: string, fault: string) => {
      const error = Object.assign(new Error('no'), { name, $fault: fault });
      return { ...stack.services, mailer: { send: () => Promise.reject(error) } };
    };
    await expect(sendAccountMail(failing('MessageRejected', 'client'), order)).resolves.toBeUndefined();
    for (const [name, fault] of [
      ['TooManyRequestsException', 'client'],
      ['InternalServiceErrorException', 'server'],
    ] as const) {
      await expect(sendAccountMail(failing(name, fault), order)).rejects.toThrow('no');
    }
  });
});

describe('accounts and resets by the operator', () => {
  const stack = useStack({ env: { FLOWSERV_PASSWORD_RESET: 'operator', FLOWSERV_SIGNUP: 'approval' } });
  const { post, ask, reset, login } = requestsTo(stack);
  beforeAll(async () => {
    await stack.user('ada');
  });

  it("keeps a new account waiting for the operator's approval", async () => {
    const account = { username: 'eve', password: 'pwd', verify: false };
    const { id } = (await post('/users/register', account)).json;
    expect((await post('/users/activate', { id })).status).toBe(200);
    expect((await login('eve', 'pwd')).status).toBe(404);
    await changeAccount(stack.services, id, 'approve');
    expect((await login('eve', 'pwd')).status).toBe(200);
  });

  it('issues resets only by the operator', async () => {
    expect((await reset(await ask('ada'), 'new')).status).toBe(404);
    expect((await login('ada', 'password of ada')).status).toBe(200);
    const user = await findUserByName(stack.services, 'ada');
    if (!user) throw new Error('the user does not exist');
    const requestId = await openRequest(stack.services, user);
    await ask('ada');
    expect((await reset(requestId, 'new')).status).toBe(200);
    expect((await login('ada', 'new')).status).toBe(200);
  });
});

describe('open sign-up with resets by the operator', () => {
  const stack = useStack({ env: { FLOWSERV_PASSWORD_RESET: 'operator' } });
  const { post, login } = requestsTo(stack);

  it('A1, A2, A3, A4, A5, A6: confirms accounts by their id, as with direct resets', async () => {
    const { id } = (await post('/users/register', { username: 'user1', password: 'pwd' })).json;
    expect((await login('user1', 'pwd')).status).toBe(404);
    expect((await post('/users/register', { username: 'user1', password: 'pwd' })).status).toBe(400);
    const withPassword = await post('/users/activate', { id, password: 'other' });
    expect([withPassword.status, withPassword.json.message]).toEqual([
      400,
      'the password is the one of the registration; leave it out here',
    ]);
    for (let time = 0; time < 2; time += 1) {
      expect((await post('/users/activate', { id })).status).toBe(200);
    }
    expect((await login('user1', 'pwd')).status).toBe(200);
    await post('/users/register', { username: 'user2', password: 'pwd', verify: false });
    expect((await login('user2', 'pwd')).status).toBe(200);
  });
});
