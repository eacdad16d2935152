import { unknownObject } from '../errors.ts';
import type { Services } from '../services/services.ts';
import { ConditionFailed } from '../store/conditional.ts';
import { alive, all, madeAt } from '../store/expressions.ts';
import type { Write } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { renameReservation } from '../store/name-keys.ts';
import { findActiveUsers } from '../users/accounts.ts';
import { markDirty } from '../workflows/leaderboard-state.ts';
import { entryOf, membershipWrite, nameItem, tooManyMembers } from './create.ts';
import { findGroup, type Group, groupEntryCodec, MAX_MEMBERS } from './group.ts';
import { checkEarlierNames, checkGroupName, groupExists, reservedName } from './names.ts';

/**
 * Renames a group and replaces its list of members, each only if given, in one transaction.
 *
 * @param authorize throws if the caller may not change the group; called for every state of the group that is changed
 * @throws FlowservError 404 for an unknown member, 400 for a name that is taken or invalid
 */
export async function updateGroup(
  services: Services,
  group: Group,
  input: { readonly name?: string | undefined; readonly members?: readonly string[] | undefined },
  authorize: (group: Group) => Promise<unknown>,
): Promise<Group> {
  await authorize(group);
  const { table } = services;
  const updated: Group = {
    ...group,
    ...(input.name === undefined || input.name === group.name ? {} : { name: checkGroupName(input.name) }),
    ...(input.members === undefined ? {} : { members: await findMembers(services, input.members) }),
  };
  const renamed = updated.name !== group.name;
  if (!renamed && input.members === undefined) return group;
  const names = renamed ? await renameWrites(services, group, updated) : [];
  const { revision, createdAt } = group;
  const unchanged = all(alive, madeAt(createdAt), {
    expression: '#revision = :revision',
    values: { revision },
  });
  const change = { set: { name: updated.name, members: updated.members }, add: { revision: 1 } };
  try {
    await table.transact([
      table.write.update(keys.group(group.id), change, unchanged),
      ...names,
      ...memberWrites(services, group, updated, renamed),
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    if (!error.actions.includes(0)) throw groupExists(updated.name, error);
    // Another request changed the group in between: apply the same change to its current state.
    return updateGroup(services, await findGroup(services, group.id), input, authorize);
  }
  if (renamed) await services.messages.leaderboardDirty(group.workflowId);
  return { ...updated, revision: group.revision + 1 };
}

async function findMembers(services: Services, ids: readonly string[]) {
  if (new Set(ids).size > MAX_MEMBERS) throw tooManyMembers();
  const found = await findActiveUsers(services, ids);
  if ('unknown' in found) throw unknownObject('user', found.unknown.slice(0, 100));
  return found.users.map(({ id, name }) => ({ id, name }));
}

/**
 * The reservation of the new name comes first, because `updateGroup` expects it there. Another spelling of the same
 * name keeps the reservation.
 */
async function renameWrites(services: Services, group: Group, updated: Group): Promise<Write[]> {
  const { table } = services;
  await checkEarlierNames(services, updated);
  const before = await reservedName(services, group);
  return [
    ...renameReservation(table, before, nameItem(group.workflowId, updated)),
    table.write.put(groupEntryCodec.write(keys.workflowGroup(group.workflowId, group.id), entryOf(updated))),
    markDirty(services, group.workflowId, { results: 0, trigger: 0 }),
  ];
}

function memberWrites({ table }: Services, group: Group, updated: Group, renamed: boolean): Write[] {
  const before = new Set(group.members.map(({ id }) => id));
  const after = new Set(updated.members.map(({ id }) => id));
  return [
    ...updated.members
      .filter(({ id }) => renamed || !before.has(id))
      .map((member) => membershipWrite(table, updated, member)),
    ...group.members
      .filter(({ id }) => !after.has(id))
      .map(({ id }) => table.write.remove(keys.membership(id, group.id))),
  ];
}
