import { setTimeout as sleep } from 'node:timers/promises';
import { unknownObject } from '../errors.ts';
import { membershipDemands } from '../quotas/contest.ts';
import { claim } from '../quotas/reserve.ts';
import type { Services } from '../services/services.ts';
import { ConditionFailed } from '../store/conditional.ts';
import { absent, alive, all, exists, madeAt } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { isKept, markNames, restorable } from '../store/purge.ts';
import { DEFAULT_USER } from '../users/user.ts';
import { markDirty } from '../workflows/leaderboard-state.ts';
import { readVersion } from '../workflows/version.ts';
import { findWorkflow } from '../workflows/workflow.ts';
import { withOwner } from './change.ts';
import { membershipWrite, nameItem } from './create.ts';
import { findGroup, type Group, type Member, readAnyGroup } from './group.ts';
import { invitationWrite } from './invitation.ts';
import { checkEarlierNames, groupExists } from './names.ts';

/** Attempts, while a worker cancels the runs of the group, and the pause between them. */
const ROUNDS = 10;
const PAUSE_MS = 500;

/**
 * Returns a group that is deleted and can be restored, or one that is not deleted.
 *
 * @throws FlowservError 404, also if its workflow is deleted
 */
export async function findKeptGroup(services: Services, groupId: string): Promise<Group> {
  const group = await readAnyGroup(services, groupId);
  if (!group || (group.deleting && !isKept(services.now(), group))) throw unknownObject('group', groupId);
  await findWorkflow(services, group.workflowId);
  return group;
}

/**
 * Restores a deleted group with its name, those members and invitations whose users did not delete the account, its uploads, runs and its place on the leaderboard. Runs that
 * were active are canceled. A group that is not deleted stays as it is.
 *
 * @param group as `findKeptGroup` returned it
 * @throws FlowservError 400 if another group has the name now, 404 if its purge began, 429 or 403 if its owner or a member
 *   has as many groups as permitted
 */
export async function restoreGroup(services: Services, group: Group): Promise<Group> {
  for (let round = 0; round < ROUNDS; round += 1) {
    if (round > 0) await sleep(PAUSE_MS);
    const current = await findKeptGroup(services, group.id);
    if (current.createdAt !== group.createdAt) break;
    if (!current.deleting || (await restoreAsRead(services, current))) {
      return findGroup(services, group.id, group.workflowId);
    }
  }
  throw unknownObject('group', group.id);
}

/** The members and invitations of a group without those of deleted accounts. */
async function presentUsers({ table }: Services, { members, invitations = [] }: Group) {
  const users = [...members, ...invitations, ...invitations.map(({ by }) => by)];
  const items = await table.getMany([...new Set(users.map(({ id }) => id))].map(keys.user));
  const present = new Set([
    keys.user(DEFAULT_USER.id).pk,
    ...items.filter(({ deleting }) => deleting !== true).map(({ pk }) => pk),
  ]);
  const isPresent = ({ id }: Member) => present.has(keys.user(id).pk);
  return {
    members: members.filter(isPresent),
    invitations: invitations.filter((invited) => isPresent(invited) && isPresent(invited.by)),
  };
}

/** Number of writes before those that count the group. */
const CLAIMED = 3;

/** @returns whether the group is restored now; false if it changed since it was read, or a worker cancels its runs */
async function restoreAsRead(services: Services, group: Group): Promise<boolean> {
  const { table, messages, now } = services;
  const { id, workflowId, ownerId, creatorId = ownerId, createdAt } = group;
  const { members, invitations } = await presentUsers(services, group);
  const { version } = await findWorkflow(services, workflowId);
  const { contest } = await readVersion(services, workflowId, version);
  const claimed = claim(
    services,
    creatorId,
    { groups: 1 },
    membershipDemands(contest?.limits ?? {}, workflowId, members),
  );
  await checkEarlierNames(services, group);
  const owned = withOwner(group, { ...group, members });
  const change = {
    set: {
      reservations: claimed.reservations,
      ...{ members, invitations, ownerId: owned.ownerId, creatorId: owned.creatorId },
    },
    add: { revision: 1 },
    remove: markNames,
  };
  try {
    await table.transact([
      table.write.check(keys.workflow(workflowId), alive),
      table.write.put(nameItem(workflowId, group), absent),
      table.write.update(keys.group(id), change, all(restorable(now()), madeAt(createdAt))),
      ...claimed.writes,
      table.write.update(keys.workflowGroup(workflowId, id), { remove: ['deleting'] }, exists),
      ...members.map((member) => membershipWrite(table, group, member)),
      ...invitations.map((invited) => invitationWrite(table, group, invited.id)),
      table.write.remove(keys.purge('group', id)),
      markDirty(services, workflowId, { results: 0, trigger: 0 }),
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    if (error.actions.includes(0)) throw unknownObject('workflow', workflowId);
    if (error.actions.includes(2)) return false;
    if (error.actions.includes(1)) throw groupExists(group.name);
    throw claimed.errorFor(error.actions, CLAIMED) ?? error;
  }
  await messages.leaderboardDirty(workflowId);
  return true;
}
