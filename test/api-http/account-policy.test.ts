import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { activateUser } from '../../shared/users/accounts.ts';
import { openRequest, requestPasswordReset } from '../../shared/users/password-reset.ts';
import { findUserByName } from '../../shared/users/user.ts';
import type { RunningStack } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

/** What anybody may ask of a stack. */
function requestsTo(stack: RunningStack) {
  const post = (path: string, body: unknown) => stack.request('POST', path, { body });
  const ask = async (username: string): Promise<string> => {
    const answer = await post('/users/password/request', { username });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({ requestId: expect.stringMatching(/^[0-9a-f]{32}$/) });
    return answer.json.requestId;
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

  /** The id that the newest mail to an address carries. */
  const idFor = (address: string): string => {
    const mail = mails().findLast((text) => new RegExp(`^To: .*${address}`, 'm').test(text));
    return /^ {2}([0-9a-f]+)\r?$/m.exec(mail ?? '')?.[1] ?? '';
  };
  const mails = () => {
    const outbox = join(stack.dataDir, 'outbox');
    return readdirSync(outbox, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
  };

  it('a new account is activated by what went to its address, and by nothing else', async () => {
    const account = { username: 'new@example.org', password: 'pwd', verify: false };
    const { id } = (await post('/users/register', account)).json;
    expect((await login(account.username, 'pwd')).status).toBe(404);
    const code = idFor(account.username);
    for (const wrong of [id, id + 'f'.repeat(32), `${code}x`, code.slice(1), '']) {
      expect((await post('/users/activate', { id: wrong })).status).toBe(404);
    }
    for (let time = 0; time < 2; time += 1) {
      const activated = await post('/users/activate', { id: code });
      expect([activated.status, activated.json]).toEqual([200, { id, username: account.username }]);
    }
    expect((await login(account.username, 'pwd')).status).toBe(200);
  });

  it('a reset goes to the address that the user has for a name; the answer itself resets nothing', async () => {
    const before = mails().length;
    const receipt = await ask(ada);
    const all = mails();
    expect(all).toHaveLength(before + 1);
    expect(all.at(-1)).toMatch(/^From: .*robot@example\.org/m);
    const requestId = idFor(ada);
    expect(requestId).toMatch(/^[0-9a-f]{32}$/);
    expect(requestId).not.toBe(receipt);
    expect((await reset(receipt, 'new')).status).toBe(404);
    expect((await reset(requestId, 'new')).status).toBe(200);
    expect((await login(ada, 'new')).status).toBe(200);
  });

  it('a reset goes nowhere for names that are no address, unknown or inactive, with the same answer', async () => {
    await post('/users/register', { username: 'eve@example.org', password: 'pwd' });
    const before = mails().length;
    for (const name of ['plain', 'nobody@example.org', 'eve@example.org']) {
      expect((await reset(await ask(name), 'new')).status).toBe(404);
    }
    expect(mails()).toHaveLength(before);
  });

  it('a reset has the same answer when the mail cannot be sent', async () => {
    const mailer = { send: () => Promise.reject(new Error('no route to the mail server')) };
    const receipt = await requestPasswordReset({ ...stack.services, mailer }, ada, '127.0.0.1');
    expect(receipt).toMatch(/^[0-9a-f]{32}$/);
    expect((await reset(receipt, 'newer')).status).toBe(404);
  });
});

describe('accounts and resets in the hands of the operator', () => {
  const stack = useStack({ env: { FLOWSERV_PASSWORD_RESET: 'operator' } });
  const { post, ask, reset, login } = requestsTo(stack);
  beforeAll(async () => {
    await stack.user('ada');
  });

  it('a new account waits for the operator', async () => {
    const account = { username: 'eve', password: 'pwd', verify: false };
    const { id } = (await post('/users/register', account)).json;
    const refused = await post('/users/activate', { id });
    expect([refused.status, refused.json.message]).toEqual([403, 'not authorized']);
    expect((await login('eve', 'pwd')).status).toBe(404);
    await activateUser(stack.services, id);
    expect((await login('eve', 'pwd')).status).toBe(200);
  });

  it('a reset is issued by the operator alone', async () => {
    expect((await reset(await ask('ada'), 'new')).status).toBe(404);
    expect((await login('ada', 'password of ada')).status).toBe(200);
    const user = await findUserByName(stack.services, 'ada');
    if (!user) throw new Error('there is no such user');
    const requestId = await openRequest(stack.services, user);
    await ask('ada');
    expect((await reset(requestId, 'new')).status).toBe(200);
    expect((await login('ada', 'new')).status).toBe(200);
  });
});
