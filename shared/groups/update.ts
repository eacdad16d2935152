import { unknownObject } from '../errors.ts';
import { membershipDemands, membershipReservation } from '../quotas/contest.ts';
import { refundWrites } from '../quotas/refund.ts';
import { type Claim, claimOf } from '../quotas/reserve.ts';
import type { Services } from '../services/services.ts';
import { ConditionFailed } from '../store/conditional.ts';
import { alive, all, madeAt } from '../store/expressions.ts';
import type { Write } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { renameReservation } from '../store/name-keys.ts';
import type { ContestLimits } from '../template/contest.ts';
import { findActiveUsers } from '../users/accounts.ts';
import { markDirty } from '../workflows/leaderboard-state.ts';
import { readVersion } from '../workflows/version.ts';
import { entryOf, membershipWrite, nameItem, tooManyMembers } from './create.ts';
import { findGroup, type Group, groupEntryCodec, mostMembers } from './group.ts';
import { checkEarlierNames, checkGroupName, groupExists, reservedName } from './names.ts';

/**
 * Renames a group and replaces its list of members, each only if given, in one transaction.
 *
 * @param authorize throws if the caller may not change the group; called for every state of the group that is changed
 * @throws FlowservError 404 for an unknown member, 400 for a name that is taken or invalid, 403 if a new member is in as
 *   many groups as the contest allows
 */
export async function updateGroup(
  services: Services,
  group: Group,
  input: { readonly name?: string | undefined; readonly members?: readonly string[] | undefined },
  authorize: (group: Group) => Promise<unknown>,
): Promise<Group> {
  await authorize(group);
  const { table } = services;
  const { contest } = await readVersion(services, group.workflowId, group.version);
  const { limits = {} } = contest ?? {};
  const updated: Group = {
    ...group,
    ...(input.name === undefined || input.name === group.name ? {} : { name: checkGroupName(input.name) }),
    ...(input.members === undefined
      ? {}
      : { members: await findMembers(services, input.members, mostMembers(limits)) }),
  };
  const renamed = updated.name !== group.name;
  if (!renamed && input.members === undefined) return group;
  const names = renamed ? await renameWrites(services, group, updated) : [];
  const { revision, createdAt } = group;
  const unchanged = all(alive, madeAt(createdAt), {
    expression: '#revision = :revision',
    values: { revision },
  });
  const memberships = changeMemberships(services, limits, group, updated);
  const { reservations } = memberships;
  const set = { name: updated.name, members: updated.members, reservations };
  const change = { set, add: { revision: 1 } };
  try {
    await table.transact([
      table.write.update(keys.group(group.id), change, unchanged),
      ...memberships.writes,
      ...names,
      ...memberWrites(services, group, updated, renamed),
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    if (!error.actions.includes(0)) {
      throw memberships.errorFor(error.actions, FIRST_CLAIM) ?? groupExists(updated.name, error);
    }
    // Another request changed the group in between: apply the same change to its current state.
    return updateGroup(services, await findGroup(services, group.id), input, authorize);
  }
  if (renamed) await services.messages.leaderboardDirty(group.workflowId);
  return { ...updated, reservations, revision: group.revision + 1 };
}

/** Position of the first write of `changeMemberships` in the transaction. */
const FIRST_CLAIM = 1;

/** The claim of new members' memberships, with the refunds of former members' and all reservations of the group. */
function changeMemberships(services: Services, limits: ContestLimits, group: Group, updated: Group): Claim {
  const { workflowId, reservations } = group;
  const added = updated.members.filter(({ id }) => group.members.every((member) => member.id !== id));
  const removed = group.members.filter(({ id }) => updated.members.every((member) => member.id !== id));
  const claimed = claimOf(services, membershipDemands(limits, workflowId, added));
  const owners = removed.map(({ id }) => membershipReservation(workflowId, id).owner);
  const refunded = (reservations ?? []).filter(({ owner }) => owners.includes(owner));
  if (!claimed.reservations && refunded.length === 0) return { ...claimed, reservations };
  const kept = (reservations ?? []).filter((reservation) => !refunded.includes(reservation));
  return {
    ...claimed,
    reservations: [...kept, ...(claimed.reservations ?? [])],
    writes: [...claimed.writes, ...refundWrites(services.table, refunded)],
  };
}

async function findMembers(services: Services, ids: readonly string[], most: number) {
  if (new Set(ids).size > most) throw tooManyMembers(most);
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
