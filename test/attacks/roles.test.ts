import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MAX_ROLE_CHANGES_A_DAY } from '../../shared/api/operation.ts';
import { giveRole, MAX_WORKFLOW_MEMBERS, takeRole } from '../../shared/members/members.ts';
import type { Role } from '../../shared/roles/names.ts';
import { workflowMemberCodec } from '../../shared/roles/role.ts';
import { exists } from '../../shared/store/expressions.ts';
import { keys } from '../../shared/store/keys.ts';
import { nameKey } from '../../shared/store/name-keys.ts';
import { userCodec, userPointerCodec } from '../../shared/users/user.ts';
import { installTemplate, oneStep } from '../end-to-end/install-template.ts';
import { meanwhile } from '../end-to-end/meanwhile.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

/** Roles are decided by the members at the time of the change, however many requests change them at once. */
const stack = useStack();
interface Account {
  readonly id: string;
  readonly name: string;
  readonly token: string;
}
let owner: Account;
let former: Account;

beforeAll(async () => {
  const user = async (name: string): Promise<Account> => ({ ...(await stack.user(name)), name });
  [owner, former] = [await user('owner'), await user('former')];
  for (const id of ['W', 'MANY', 'FULL']) {
    await installTemplate(stack, oneStep(['true']), {}, { id });
    await giveRole(stack.services, 'operator', id, 'owner', 'owner');
  }
});

const add = (workflow: string, username: string, role: Role) =>
  stack.request('POST', `/workflows/${workflow}/members`, { token: owner.token, body: { username, role } });
const membersOf = async (workflow: string) =>
  (await stack.services.table.list(keys.workflowMembers(workflow))).map(workflowMemberCodec.read);

describe('a former owner of a workflow', () => {
  beforeEach(() => giveRole(stack.services, 'operator', 'W', 'former', 'viewer'));

  // The request was authorised just before another owner changed the role.
  it.each([
    ['removed', 'owner'],
    ['removed', 'organiser'],
    ['viewer', 'owner'],
    ['viewer', 'organiser'],
  ] as const)('who is %s cannot become %s by a request that was on its way', async (role, wanted) => {
    if (role === 'removed') await takeRole(stack.services, 'operator', 'W', former.id);
    const given = giveRole(stack.services, former, 'W', 'former', wanted);
    await expect(given).rejects.toMatchObject({ code: 'auth.not-authorized' });
  });

  it.each([
    ['makes no other user an owner', () => giveRole(racing(), former, 'W', 'otto', 'owner')],
    ['removes no other owner', () => takeRole(racing(), former, 'W', owner.id)],
  ])('%s by a request that was read before', async (_what, change) => {
    await stack.user('otto').catch(() => undefined);
    await giveRole(stack.services, 'operator', 'W', 'former', 'owner');
    await expect(change()).rejects.toMatchObject({ code: 'auth.not-authorized' });
    const roles = (await membersOf('W')).map(({ name, role }) => `${name}: ${role}`);
    expect(roles.toSorted()).toEqual(['former: viewer', 'owner: owner']);
  });
  /** Services with which the former owner loses the role right before the change is written. */
  const racing = () =>
    meanwhile(stack.services, 'transact', () =>
      giveRole(stack.services, 'operator', 'W', 'former', 'viewer'),
    );
});

describe('many changes of members at once', () => {
  it('leave the last role that was given, and each has its entry in the audit list', async () => {
    const roles = Array.from(
      { length: 40 },
      (_, index) => (['viewer', 'organiser', 'owner'] as const)[index % 3],
    );
    const responses = await Promise.all(roles.map((role = 'viewer') => add('MANY', 'former', role)));
    for (const { status, text } of responses) expect(status, text).toBe(200);
    const { entries } = (await stack.request('GET', '/workflows/MANY/audit', { token: owner.token })).json;
    const [{ action, detail }] = entries;
    const member = (await membersOf('MANY')).find(({ id }) => id === former.id);
    expect([action, detail.split(' ').at(-1)]).toEqual(['member.change', member?.role]);
    // Each entry begins with the role that the one before it gave.
    const changes = entries
      .filter((entry: { action: string }) => entry.action === 'member.change')
      .toReversed();
    for (const [index, change] of changes.slice(1).entries()) {
      expect(change.detail.split(' ')[0]).toBe(changes[index].detail.split(' ').at(-1));
    }
  });

  it('are limited for each member, by whatever right, so that nobody buries the audit list', async () => {
    const { id, token } = await stack.user('flood');
    await giveRole(stack.services, 'operator', 'W', 'flood', 'owner');
    const change = (role: Role) =>
      stack.request('POST', '/workflows/W/members', { token, body: { username: 'former', role } });
    expect((await change('organiser')).status).toBe(200);
    // As after all others but the last one.
    const counted = { set: { failed: MAX_ROLE_CHANGES_A_DAY - 1 } };
    await stack.services.table.update(keys.attempts('role', `W#${id}`), counted, exists);
    expect((await change('viewer')).status).toBe(200);
    const group = await stack.group('W', owner.token, 'Group');
    const body = { reason: 'none', visibility: 'public' };
    const attempts = [
      await change('organiser'),
      await stack.request('PUT', `/groups/${group}/disqualification`, { token, body }),
      await stack.request('DELETE', `/workflows/W/members/${owner.id}`, { token }),
    ];
    for (const { status, json } of attempts) expect([status, json.code]).toEqual([429, 'auth.too-many']);
    // Reading, the own groups and other members are not limited by it.
    expect((await stack.request('GET', '/workflows/W/audit', { token })).status).toBe(200);
    await stack.group('W', token, 'Own');
    const removed = await stack.request('DELETE', `/workflows/W/members/${id}`, { token: owner.token });
    expect(removed.status).toBe(204);
  });

  it('never give more users a role than a workflow may have', async () => {
    const { table } = stack.services;
    const names = Array.from({ length: MAX_WORKFLOW_MEMBERS + 30 }, (_, index) => `user${index}`);
    for (const id of names) {
      const user = { id, name: id, state: 'active' as const, createdAt: '2026', tokenEpoch: 0 };
      await table.put(userCodec.write(keys.user(id), user));
      await table.put(userPointerCodec.write(nameKey(keys.userName, id), { userId: id }));
    }
    const most = MAX_WORKFLOW_MEMBERS - 10;
    for (const id of names.slice(0, most)) {
      const member = { id, name: id, role: 'viewer' as const, since: '2026' };
      await table.put(workflowMemberCodec.write(keys.workflowMember('FULL', id), member));
    }
    const responses = await Promise.all(names.slice(most).map((name) => add('FULL', name, 'viewer')));
    const outcomes = responses.map(({ status, json }) => json.code ?? status);
    expect(outcomes.filter((outcome) => outcome === 200)).toHaveLength(9);
    expect(new Set(outcomes)).toEqual(new Set([200, 'member.limit']));
    expect(await membersOf('FULL')).toHaveLength(MAX_WORKFLOW_MEMBERS);
  });
});
