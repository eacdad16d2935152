import { beforeAll, describe, expect, it } from 'vitest';
import { readUses } from '../../shared/quotas/usage.ts';
import { installTemplate, oneStep } from '../end-to-end/install-template.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

/** Nobody uses up the quota of another user, and nobody gets around the own. */
const stack = useStack({
  env: { FLOWSERV_QUOTA_GROUPS: '3', FLOWSERV_KEEP_DELETED_DAYS: '7' },
  check: 'consistency',
});

interface Account {
  readonly id: string;
  readonly token: string;
}
let mallory: Account;
let victim: Account;
const ask = ({ token }: Account, method: string, path: string, body?: unknown) =>
  stack.request(method, path, { token, ...(body === undefined ? {} : { body }) });
const create = (account: Account, members: readonly Account[] = []) =>
  ask(account, 'POST', '/workflows/W/groups', {
    name: `Group ${Math.random()}`,
    members: members.map(({ id }) => id),
  });
const used = async ({ id }: Account) =>
  (await readUses(stack.services, id)).find(({ name }) => name === 'groups')?.used;

beforeAll(async () => {
  await installTemplate(stack, oneStep(['true']), {}, { id: 'W' });
});

describe('the quota of groups', () => {
  it('is not used up by groups that another user hands over, or leaves', async () => {
    [mallory, victim] = [await stack.user('mallory'), await stack.user('victim')];
    const ids: string[] = [];
    for (let i = 0; i < 3; i += 1) ids.push((await create(mallory, [victim])).json.id);
    for (const id of ids.slice(0, 2))
      expect((await ask(mallory, 'PUT', `/groups/${id}/owner`, { userId: victim.id })).status).toBe(200);
    for (const id of ids)
      expect((await ask(mallory, 'DELETE', `/groups/${id}/members/${mallory.id}`)).status).toBe(204);
    expect([await used(mallory), await used(victim)]).toEqual([3, 0]);
    // The groups still count for the user who created them.
    expect((await create(mallory)).json.code).toBe('quota.groups');
    for (let i = 0; i < 3; i += 1) expect((await create(victim)).status).toBe(201);
    for (const id of ids) expect((await ask(victim, 'DELETE', `/groups/${id}?now=true`)).status).toBe(204);
    expect([await used(mallory), await used(victim)]).toEqual([0, 3]);
  });

  it('counts a group that is restored for the user who created it', async () => {
    const [former, next] = [await stack.user('former'), await stack.user('next')];
    const { id } = (await create(former, [next])).json;
    await ask(former, 'DELETE', `/groups/${id}/members/${former.id}`);
    await ask(next, 'DELETE', `/groups/${id}`);
    expect([await used(former), await used(next)]).toEqual([0, 0]);
    expect((await ask(next, 'POST', `/groups/${id}/restore`)).status).toBe(200);
    expect([await used(former), await used(next)]).toEqual([1, 0]);
  });
});
