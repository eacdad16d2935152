import { beforeAll, describe, expect, it } from 'vitest';
import type { Services } from '../../shared/services/services.ts';
import { keys } from '../../shared/store/keys.ts';
import { createToken } from '../../shared/tokens/tokens.ts';
import { changeAccount } from '../../shared/users/account-state.ts';
import { openRequest, resetPassword } from '../../shared/users/password-reset.ts';
import { callerOf } from '../../shared/users/sessions.ts';
import { findUser } from '../../shared/users/user.ts';
import { installTemplate, oneStep } from '../end-to-end/install-template.ts';
import { meanwhile } from '../end-to-end/meanwhile.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

/** Who loses a session or a token keeps nothing that was made with it. */
const stack = useStack({ check: 'consistency' });
const nextMonth = () => new Date(Date.now() + 30 * 86_400_000);
const create = (session: string, scope: object) =>
  stack.request('POST', '/users/tokens', {
    token: session,
    body: { name: 'CI', expires: nextMonth().toISOString(), scope },
  });

interface Account {
  readonly id: string;
  readonly token: string;
}
let alice: Account;
let mallory: Account;
beforeAll(async () => {
  [alice, mallory] = [await stack.user('alice'), await stack.user('mallory')];
  await installTemplate(stack, oneStep(['true']), {}, { id: 'A' });
});

describe('a token that is created while its session ends', () => {
  const reset = async (services: Services, id: string) => {
    const requestId = await openRequest(services, await findUser(services, id));
    await resetPassword(services, requestId, 'new one', '127.0.0.1');
  };
  const disable = async (services: Services, id: string) => {
    await changeAccount(services, id, 'disable');
    await changeAccount(services, id, 'enable');
  };
  // The request was authenticated before the session ended.
  it.each([
    ['by a password reset', 'get', reset],
    ['by a password reset', 'update', reset],
    ['by a password reset', 'transact', reset],
    ['with its account, for a time', 'get', disable],
    ['with its account, for a time', 'transact', disable],
  ] as const)('%s, before the first %s, has ended as well', async (why, call, end) => {
    const { services } = stack;
    const user = await stack.user(`${why} ${call}`);
    const caller = await callerOf(services, user.token);
    if (!caller) throw new Error('no session');
    const racing = meanwhile(services, call, () => end(services, user.id));
    const input = { name: 'x', access: 'organise', workflowId: 'A', expiresAt: nextMonth() } as const;
    const { token } = await createToken(racing, caller, input);
    for (const text of [user.token, token]) {
      expect((await stack.request('GET', '/users/whoami', { token: text })).status).toBe(403);
    }
  });
});

describe('a leaked token', () => {
  it.each(['submit', 'organise'] as const)(
    'with access %s gives nobody a group of its user, and takes none away',
    async (access) => {
      const group = await stack.group('A', alice.token, `Group ${access}`);
      const { token } = (await create(alice.token, { access, workflow: 'A' })).json;
      const change = (body: object) => stack.request('PUT', `/groups/${group}`, { token, body });
      for (const members of [[mallory.id], [alice.id, mallory.id], [alice.id], []]) {
        const { status, json } = await change({ members });
        expect([status, json.message]).toEqual([403, 'not authorized']);
        expect((await change({ name: 'Renamed', members })).status).toBe(403);
      }
      expect((await change({ name: `Renamed ${access}` })).status).toBe(200);
      const { json } = await stack.request('GET', `/groups/${group}`, { token: alice.token });
      expect(json.members.map(({ id }: Account) => id)).toEqual([alice.id]);
      expect((await stack.request('GET', `/groups/${group}`, { token: mallory.token })).status).toBe(403);
    },
  );

  it('has no rights from the moment of its expiry', async () => {
    const { services } = stack;
    const caller = await callerOf(services, alice.token);
    if (!caller) throw new Error('no session');
    const expiresAt = nextMonth();
    const { token } = await createToken(services, caller, { name: 'x', access: 'read', expiresAt });
    const at = (milliseconds: number) => {
      const then = new Date(expiresAt.getTime() + milliseconds);
      return callerOf({ ...services, now: () => then }, token);
    };
    expect(await at(-1)).toMatchObject({ id: alice.id });
    expect(await at(0)).toBeNull();
  });

  it('is not accepted in an address or a cookie', async () => {
    const { token } = (await create(alice.token, { access: 'read' })).json;
    const who = async (query: string, headers = {}) =>
      (await stack.request('GET', `/users/whoami${query}`, { headers })).status;
    expect(await who('', { api_key: token })).toBe(200);
    expect(await who(`?api_key=${token}&access_token=${token}`)).toBe(403);
    expect(await who('', { cookie: `__Host-flowserv=${token}; api_key=${token}` })).toBe(403);
  });

  it('leaves nothing behind when it is revoked', async () => {
    const carol = await stack.user('carol');
    const { json } = await create(carol.token, { access: 'read' });
    expect((await stack.request('GET', '/groups', { token: json.token })).status).toBe(200);
    expect(await stack.services.table.list(keys.tokenUses(carol.id))).toHaveLength(1);
    await stack.request('DELETE', `/users/tokens/${json.id}`, { token: carol.token });
    expect(await stack.services.table.list(keys.tokenUses(carol.id))).toEqual([]);
  });
});
