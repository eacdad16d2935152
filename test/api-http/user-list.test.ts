import { beforeAll, describe, expect, it } from 'vitest';
import { giveRole } from '../../shared/members/members.ts';
import { changeAccount } from '../../shared/users/account-state.ts';
import { installTemplate, oneStep } from '../end-to-end/install-template.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

describe('a list of users for members of groups', () => {
  const stack = useStack();
  const users = new Map<string, { id: string; token: string }>();
  const user = (name: string) => {
    const found = users.get(name);
    if (!found) throw new Error(`no user ${name}`);
    return found;
  };
  const listed = async (name: string, query = '') => {
    const { json } = await stack.request('GET', `/users${query}`, { token: user(name).token });
    return json.users.map(({ username }: { username: string }) => username);
  };

  beforeAll(async () => {
    for (const name of ['ann', 'Ben', 'carl', 'dora', 'emil', 'Olaf', 'vera', 'zoë@example.org'])
      users.set(name, await stack.user(name));
    for (const id of ['W', 'OTHER']) await installTemplate(stack, oneStep(['true']), {}, { id });
    for (const [name, role] of [
      ['Olaf', 'organiser'],
      ['vera', 'viewer'],
    ] as const)
      await giveRole(stack.services, 'operator', 'W', name, role);
    const create = (name: string, workflow: string, members: readonly string[]) =>
      stack.request('POST', `/workflows/${workflow}/groups`, {
        token: user(name).token,
        body: { name: `Group of ${name}`, members: members.map((one) => user(one).id) },
      });
    const { json } = await create('ann', 'W', ['Ben', 'carl']);
    await create('dora', 'W', ['emil']);
    const token = user('ann').token;
    await stack.request('POST', `/groups/${json.id}/invitations`, { token, body: { username: 'dora' } });
  });

  it('shows the members of own groups, invited users and organisers, by name', async () => {
    expect(await listed('ann')).toEqual(['ann', 'Ben', 'carl', 'dora', 'Olaf']);
    expect(await listed('emil')).toEqual(['dora', 'emil', 'Olaf']);
    expect(await listed('zoë@example.org')).toEqual(['zoë@example.org']);
    expect(await listed('ann', '?query=b')).toEqual(['Ben']);
  });

  it('finds every active user by the full name, in any form, and nobody by a part of it', async () => {
    expect(await listed('ann', '?query=zo')).toEqual([]);
    for (const name of ['zoë@example.org', 'zoe\u0308@example.org', 'ZOË@EXAMPLE.ORG'])
      expect(await listed('ann', `?query=${encodeURIComponent(name)}`)).toEqual(['zoë@example.org']);
    await changeAccount(stack.services, user('zoë@example.org').id, 'disable');
    expect(await listed('ann', `?query=${encodeURIComponent('zoë@example.org')}`)).toEqual([]);
    await changeAccount(stack.services, user('carl').id, 'disable');
    expect(await listed('ann')).toEqual(['ann', 'Ben', 'dora', 'Olaf']);
  });

  it('has pages', async () => {
    const token = user('ann').token;
    const first = (await stack.request('GET', '/users?limit=3', { token })).json;
    expect(first.users).toHaveLength(3);
    const rest = (await stack.request('GET', `/users?limit=3&cursor=${first.nextCursor}`, { token })).json;
    expect([...first.users, ...rest.users].map(({ username }) => username)).toEqual(await listed('ann'));
    expect(rest.nextCursor).toBeUndefined();
  });
});
