import { FlowservError } from '../errors.ts';
import { newId } from '../ids.ts';
import type { Services } from '../services/services.ts';
import { keys } from '../store/keys.ts';
import { DELETED_USER } from '../users/user.ts';
import { readVersion } from '../workflows/version.ts';
import { changeGroup } from './change.ts';
import { findGroup, type Group } from './group.ts';
import { removeInvitation, removeMember } from './membership.ts';
import { reservedName } from './names.ts';
import { removeGroup } from './remove.ts';

/** The purge decides for the user, who asked for it. */
const allowed = async () => {};

/**
 * Removes a user who deletes the account from a group. A group with other members stays theirs, with all its runs. If
 * there are none, the benchmark says whether the group is deleted, or stays with its runs, without its name.
 */
export async function forgetMember(services: Services, userId: string, groupId: string): Promise<void> {
  const group = await find(services, groupId);
  if (!group?.members.some(({ id }) => id === userId)) {
    return services.table.remove(keys.membership(userId, groupId));
  }
  if (group.members.length > 1) {
    await removeMember(services, group, userId, allowed);
    return;
  }
  const { participation } = await readVersion(services, group.workflowId, group.version);
  if (participation.onAccountDeletion === 'delete') return removeGroup(services, group);
  await changeGroup(services, group, async (current) => ({
    ...current,
    // Any user may have chosen a name of this form, so it is another one in each attempt.
    name: `${DELETED_USER} ${newId().slice(0, 8)}`,
    formerName: (await reservedName(services, current)).pk,
    members: current.members.filter(({ id }) => id !== userId),
    invitations: [],
  }));
}

/** Declines an invitation of a user who deletes the account. */
export async function forgetInvitation(services: Services, userId: string, groupId: string): Promise<void> {
  const group = await find(services, groupId);
  if (group?.invitations?.some(({ id }) => id === userId)) {
    await removeInvitation(services, group, userId, allowed);
  } else await services.table.remove(keys.invitation(userId, groupId));
}

/** The group, unless it or its workflow is deleted: then its purge removes what the group stores of its members. */
async function find(services: Services, groupId: string): Promise<Group | undefined> {
  try {
    return await findGroup(services, groupId);
  } catch (error) {
    if (error instanceof FlowservError && error.status === 404) return undefined;
    throw error;
  }
}
