import { invalid } from '../errors.ts';
import { timestamp } from '../ids.ts';
import { membershipDemands, membershipReservation } from '../quotas/contest.ts';
import { changeWrites } from '../quotas/refund.ts';
import { type Claim, claimOf } from '../quotas/reserve.ts';
import type { Services } from '../services/services.ts';
import { ConditionFailed } from '../store/conditional.ts';
import { absent, alive, all, madeAt } from '../store/expressions.ts';
import type { Write } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { renameReservation } from '../store/name-keys.ts';
import type { ContestLimits } from '../template/contest.ts';
import { markDirty } from '../workflows/leaderboard-state.ts';
import { readVersion, type WorkflowVersion } from '../workflows/version.ts';
import { entryOf, membershipWrite, nameItem } from './create.ts';
import { findGroup, type Group, groupEntryCodec, type Invitation, type Member } from './group.ts';
import { invitationWrite } from './invitation.ts';
import { checkEarlierNames, groupExists, reservedName } from './names.ts';

/** Maximum number of writes in a transaction (DynamoDB, TransactWriteItems). */
const MAX_WRITES = 100;

/**
 * Returns a group with another name, members, invitations or owner, or the same object to change nothing.
 *
 * @throws FlowservError if the change is not allowed
 */
type Next = (group: Group, version: WorkflowVersion) => Promise<Group>;

/**
 * Changes a group in one transaction, with the lists of its members and of invited users, and what it takes from quotas
 * and limits. A group without its owner belongs to the first of its members; the open invitations of a member end with
 * the membership.
 *
 * @param next called for every state of the group that is changed, so that it also authorizes the change
 * @throws FlowservError 404 if the group was deleted, 400 for a name that is taken, 403 if a new member is in as many
 *   groups as the contest allows
 */
export async function changeGroup(services: Services, group: Group, next: Next): Promise<Group> {
  const { table } = services;
  const version = await readVersion(services, group.workflowId, group.version);
  const wanted = await next(group, version);
  if (wanted === group) return group;
  const changed = { ...wanted, members: withTimes(services, group.members, wanted.members) };
  const updated = withoutInvitationsOf(notIn(group.members, changed.members), withOwner(group, changed));
  const renamed = updated.name !== group.name;
  const names = renamed ? await renameWrites(services, group, updated) : [];
  const { revision, createdAt } = group;
  const unchanged = all(alive, madeAt(createdAt), {
    expression: '#revision = :revision',
    values: { revision },
  });
  const claimed = claimChanges(services, version.contest?.limits ?? {}, group, updated);
  const { name, members, invitations, ownerId, creatorId, formerName } = updated;
  const set = {
    name,
    members,
    invitations,
    ownerId,
    creatorId,
    formerName,
    reservations: claimed.reservations,
  };
  const writes = [
    table.write.update(keys.group(group.id), { set, add: { revision: 1 } }, unchanged),
    ...claimed.writes,
    ...names,
    ...memberWrites(services, group, updated, renamed),
    ...invitationWrites(services, group, updated),
  ];
  if (writes.length > MAX_WRITES) {
    throw invalid('group.members', 'too many members change at once; change some of them first');
  }
  try {
    await table.transact(writes);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    if (!error.actions.includes(0)) {
      throw claimed.errorFor(error.actions, FIRST_CLAIM) ?? groupExists(updated.name, error);
    }
    // Another request changed the group in between: apply the same change to its current state.
    return changeGroup(services, await findGroup(services, group.id), next);
  }
  if (renamed) await services.messages.leaderboardDirty(group.workflowId);
  return { ...updated, reservations: claimed.reservations, revision: group.revision + 1 };
}

/** Position of the first write of `claimChanges` in the transaction. */
const FIRST_CLAIM = 1;

/** Those of a list that are not in another one. */
const notIn = <T extends Member>(list: readonly T[], other: readonly Member[]): T[] =>
  list.filter(({ id }) => other.every((one) => one.id !== id));

/** Members with the time since which they are members: those of before keep theirs. */
function withTimes({ now }: Services, before: Group['members'], wanted: readonly Member[]): Group['members'] {
  const since = timestamp(now());
  return wanted.map((member) => {
    const known = before.find(({ id }) => id === member.id);
    return known ? { ...member, since: known.since } : { ...member, since };
  });
}

/** A group without the invitations of members who are not in it any more. */
function withoutInvitationsOf(former: readonly Member[], group: Group): Group {
  const isOfFormer = ({ by }: Invitation) => former.some(({ id }) => id === by.id);
  if (!group.invitations?.some(isOfFormer)) return group;
  return { ...group, invitations: group.invitations.filter((invitation) => !isOfFormer(invitation)) };
}

/** A group whose owner is one of its members, if it has some: the first of them if its owner left. */
export function withOwner(before: Group, group: Group): Group {
  const [first] = group.members;
  const isMember = group.members.some(({ id }) => id === group.ownerId);
  const ownerId = isMember ? group.ownerId : (first?.id ?? group.ownerId);
  if (ownerId === before.ownerId) return group;
  return { ...group, ownerId, creatorId: before.creatorId ?? before.ownerId };
}

/**
 * The claim of new members' memberships. Those of former members are refunded. The group itself counts for the user who
 * created it, also after the owner changed: no other user was asked.
 */
function claimChanges(services: Services, limits: ContestLimits, group: Group, updated: Group): Claim {
  const { workflowId, reservations: before = [] } = group;
  const added = notIn(updated.members, group.members);
  const claimed = claimOf(services, membershipDemands(limits, workflowId, added));
  const left = notIn(group.members, updated.members).map(
    ({ id }) => membershipReservation(workflowId, id).owner,
  );
  const kept = before.filter((reservation) => !left.includes(reservation.owner));
  return {
    ...claimed,
    reservations:
      group.reservations || claimed.reservations ? [...kept, ...(claimed.reservations ?? [])] : undefined,
    writes: [...claimed.writes, ...changeWrites(services.table, before, kept)],
  };
}

/**
 * The reservation of the new name comes first, because `changeGroup` expects it there. Another spelling of the same
 * name keeps the reservation.
 */
async function renameWrites(services: Services, group: Group, updated: Group): Promise<Write[]> {
  const { table } = services;
  await checkEarlierNames(services, updated);
  const before = await reservedName(services, group);
  const reserved = nameItem(group.workflowId, updated);
  return [
    ...(updated.formerName === before.pk
      ? [table.write.put(reserved, absent)]
      : renameReservation(table, before, reserved)),
    table.write.put(groupEntryCodec.write(keys.workflowGroup(group.workflowId, group.id), entryOf(updated))),
    markDirty(services, group.workflowId, { results: 0, trigger: 0 }),
  ];
}

function memberWrites({ table }: Services, group: Group, updated: Group, renamed: boolean): Write[] {
  const written = renamed ? updated.members : notIn(updated.members, group.members);
  return [
    ...written.map((member) => membershipWrite(table, updated, member)),
    ...notIn(group.members, updated.members).map(({ id }) =>
      table.write.remove(keys.membership(id, group.id)),
    ),
  ];
}

function invitationWrites({ table }: Services, group: Group, updated: Group): Write[] {
  const before = group.invitations ?? [];
  const after = updated.invitations ?? [];
  return [
    ...notIn(after, before).map(({ id }) => invitationWrite(table, updated, id)),
    ...notIn(before, after).map(({ id }) => table.write.remove(keys.invitation(id, group.id))),
  ];
}
