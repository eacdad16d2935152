import { beforeAll, describe, expect, it } from 'vitest';
import { groupCodec } from '../../shared/groups/group.ts';
import { acceptInvitation } from '../../shared/groups/membership.ts';
import { purgeSlice } from '../../shared/maintenance/purge.ts';
import { giveRole, takeRole } from '../../shared/members/members.ts';
import { workflowMemberCodec } from '../../shared/roles/role.ts';
import { keys } from '../../shared/store/keys.ts';
import { deleteAccount } from '../../shared/users/delete-account.ts';
import { removeWorkflow as deleteWorkflow } from '../../shared/workflows/remove.ts';
import { restoreWorkflow } from '../../shared/workflows/restore.ts';
import { stored } from '../api-http/stored.ts';
import { installTemplate, oneStep } from '../end-to-end/install-template.ts';
import { meanwhile } from '../end-to-end/meanwhile.ts';
import { poll } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

/** A deleted account leaves no rights and no name, whatever is deleted, restored or changed at the same time. */
const stack = useStack({ env: { FLOWSERV_KEEP_DELETED_DAYS: '7' }, check: 'consistency' });

interface Account {
  readonly id: string;
  readonly name: string;
  readonly token: string;
}
let keeper: Account;
const user = async (name: string): Promise<Account> => ({ ...(await stack.user(name)), name });
const ask = ({ token }: Account, method: string, path: string, body?: unknown) =>
  stack.request(method, path, { token, ...(body === undefined ? {} : { body }) });
const groupOf = async (account: Account, workflow: string, members: readonly Account[] = []) => {
  const body = { name: `Group ${Math.random()}`, members: members.map(({ id }) => id) };
  const { status, json } = await ask(account, 'POST', `/workflows/${workflow}/groups`, body);
  expect(status).toBe(201);
  return String(json.id);
};
const purgeable = ({ id }: Account) => ({ kind: 'user', id, key: keys.user(id) }) as const;
const later = (account: Account) =>
  purgeSlice({ ...stack.services, now: () => new Date(Date.now() + 120_000) }, purgeable(account));
/** Deletes an account, and works on its purge to the end. */
async function end(account: Account): Promise<void> {
  expect(
    (await ask(account, 'POST', '/users/delete', { password: `password of ${account.name}` })).status,
  ).toBe(200);
  await poll(
    async () => ((await later(account)) === 'done' ? true : undefined),
    'the account was not purged',
  );
}
const groupItem = async (id: string) =>
  groupCodec.read((await stack.services.table.get(keys.group(id))) ?? { pk: '', sk: '' });
const namesOf = (list: readonly { readonly name: string }[] = []) => list.map(({ name }) => name);
const rolesIn = async (workflow: string) =>
  (await stack.services.table.list(keys.workflowMembers(workflow)))
    .map(workflowMemberCodec.read)
    .map(({ name, role }) => `${name}: ${role}`);

beforeAll(async () => {
  keeper = await user('keeper');
  const settings = 'participants: {onAccountDeletion: delete}\n';
  await end(await user('hans'));
  await installTemplate(stack, oneStep(['true']), {}, { id: 'KEEP' });
  await installTemplate(stack, oneStep(['true']), {}, { id: 'GONE' }, settings);
});

describe('the last owners of a workflow', () => {
  it('do not both go: one leaves while the other deletes the account', async () => {
    const [anna, otto] = [await user('anna'), await user('otto')];
    for (const { name } of [anna, otto]) await giveRole(stack.services, 'operator', 'KEEP', name, 'owner');
    const leaving = meanwhile(stack.services, 'transact', () =>
      takeRole(stack.services, otto, 'KEEP', otto.id),
    );
    await expect(deleteAccount(leaving, anna, 'password of anna', '::1')).rejects.toMatchObject({
      code: 'member.last-owner',
    });
    expect(await rolesIn('KEEP')).toEqual(['anna: owner']);
    expect((await ask(anna, 'GET', '/users/whoami')).status).toBe(200);
    await giveRole(stack.services, 'operator', 'KEEP', 'keeper', 'owner');
    await takeRole(stack.services, 'operator', 'KEEP', anna.id);
  });

  it('do not both go: one deletes the account while the other leaves', async () => {
    const [anne, ole] = [await user('anne'), await user('ole')];
    for (const { name } of [anne, ole]) await giveRole(stack.services, 'operator', 'GONE', name, 'owner');
    const { services } = stack;
    const deleting = meanwhile(services, 'transact', () =>
      deleteAccount(services, anne, 'password of anne', '::1'),
    );
    await expect(takeRole(deleting, ole, 'GONE', ole.id)).rejects.toMatchObject({
      code: 'member.last-owner',
    });
    await expect.poll(() => rolesIn('GONE')).toEqual(['ole: owner']);
  });

  it('do not count an account that is deleted already', async () => {
    const olga = await user('olga');
    await giveRole(stack.services, 'operator', 'KEEP', 'olga', 'owner');
    await giveRole(stack.services, 'operator', 'KEEP', 'keeper', 'owner');
    // Without the purge, which comes later.
    const { services } = stack;
    const silent = { ...services, messages: { ...services.messages, purge: async () => {} } };
    await deleteAccount(silent, olga, 'password of olga', '::1');
    await expect(takeRole(services, keeper, 'KEEP', keeper.id)).rejects.toMatchObject({
      code: 'member.last-owner',
    });
    await later(olga);
    expect(await rolesIn('KEEP')).toEqual(['keeper: owner']);
  });
});

describe('what is deleted while an account is deleted', () => {
  it('is restored without it: a group', async () => {
    const bob = await user('Bob the Builder');
    const id = await groupOf(bob, 'KEEP', [keeper]);
    await ask(keeper, 'DELETE', `/groups/${id}`);
    await end(bob);
    expect((await ask(keeper, 'POST', `/groups/${id}/restore`)).status).toBe(200);
    const { members, ownerId } = await groupItem(id);
    expect([namesOf(members), ownerId]).toEqual([['keeper'], keeper.id]);
    expect((await stored(stack.services)).join('\n')).not.toContain(bob.name);
  });

  it('is restored without it: a workflow with its groups and its owner', async () => {
    await installTemplate(stack, oneStep(['true']), {}, { id: 'BACK' });
    const cora = await user('Cora Corax');
    await giveRole(stack.services, 'operator', 'BACK', cora.name, 'owner');
    await giveRole(stack.services, 'operator', 'BACK', 'keeper', 'owner');
    const shared = await groupOf(cora, 'BACK', [keeper]);
    const alone = await groupOf(cora, 'BACK');
    await deleteWorkflow(stack.services, 'BACK');
    await end(cora);
    await restoreWorkflow(stack.services, 'BACK');
    expect(await rolesIn('BACK')).toEqual(['keeper: owner']);
    expect(namesOf((await groupItem(shared)).members)).toEqual(['keeper']);
    expect(await groupItem(alone)).toMatchObject({
      members: [],
      name: expect.stringMatching(/^deleted user /),
    });
    await expect(takeRole(stack.services, keeper, 'BACK', keeper.id)).rejects.toMatchObject({
      code: 'member.last-owner',
    });
  });
});

describe('a group whose only member deletes the account', () => {
  it.each(['KEEP', 'GONE'])(
    'stays as it is if another user accepts an invitation just before: %s',
    async (workflow) => {
      const [dora, emil] = [await user(`dora in ${workflow}`), await user(`emil in ${workflow}`)];
      const id = await groupOf(dora, workflow);
      await ask(dora, 'POST', `/groups/${id}/invitations`, { username: emil.name });
      const { name } = await groupItem(id);
      const { services } = stack;
      const silent = { ...services, messages: { ...services.messages, purge: async () => {} } };
      await deleteAccount(silent, dora, `password of ${dora.name}`, '::1');
      const accepting = meanwhile(services, 'transact', async () => {
        const group = await groupItem(id);
        await acceptInvitation(services, emil, group, async () => {});
      });
      await purgeSlice(accepting, purgeable(dora));
      expect(await groupItem(id)).toMatchObject({ name, members: [{ id: emil.id }], ownerId: emil.id });
      expect((await ask(emil, 'GET', `/groups/${id}`)).status).toBe(200);
    },
  );
});

describe('a name that an account leaves', () => {
  it('is not shown as that of the user who invited', async () => {
    const [finn, gina] = [await user('Finn the Former'), await user('gina')];
    const id = await groupOf(finn, 'KEEP', [keeper]);
    await ask(finn, 'POST', `/groups/${id}/invitations`, { username: 'gina' });
    await ask(finn, 'DELETE', `/groups/${id}/members/${finn.id}`);
    await end(finn);
    expect((await stored(stack.services)).join('\n')).not.toContain(finn.name);
    expect((await ask(gina, 'GET', '/invitations')).json.invitations).toEqual([]);
  });

  it.each(['Hans', 'HANS', 'ｈａｎｓ', ' hans '])('cannot be taken in the form %j', async (username) => {
    const body = { username, password: 'x', verify: false };
    const again = await stack.request('POST', '/users/register', { body });
    expect([again.status, again.json.code]).toEqual([400, 'user.duplicate']);
  });
});
