import { newId } from '../ids.ts';
import type { Services } from '../services/services.ts';
import { keys } from '../store/keys.ts';
import { DELETED_USER } from '../users/user.ts';
import { readVersion } from '../workflows/version.ts';
import { readAnyWorkflow } from '../workflows/workflow.ts';
import { changeGroup } from './change.ts';
import { type Group, readAnyGroup } from './group.ts';
import { removeInvitation } from './membership.ts';
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
  const { participation } = await readVersion(services, group.workflowId, group.version);
  const isDeleted = participation.onAccountDeletion === 'delete';
  const changed = await changeGroup(services, group, async (current) => {
    const members = current.members.filter(({ id }) => id !== userId);
    if (members.length === current.members.length) return current;
    if (members.length > 0) return { ...current, members };
    // First no other user can become a member.
    if (isDeleted) return { ...current, invitations: [] };
    return { ...current, ...(await namelessOf(services, current)), members, invitations: [] };
  });
  const isAlone = changed.members.length === 1 && changed.members.some(({ id }) => id === userId);
  if (isDeleted && isAlone) await removeGroup(services, changed);
}

/** Any user may have chosen a name of this form, so it is another one in each attempt. */
const namelessOf = async (services: Services, group: Group) => ({
  name: `${DELETED_USER} ${newId().slice(0, 8)}`,
  formerName: (await reservedName(services, group)).pk,
});

/** Declines an invitation of a user who deletes the account. */
export async function forgetInvitation(services: Services, userId: string, groupId: string): Promise<void> {
  const group = await find(services, groupId);
  if (group?.invitations?.some(({ id }) => id === userId)) {
    await removeInvitation(services, group, userId, allowed);
  } else await services.table.remove(keys.invitation(userId, groupId));
}

/**
 * The group, also of a deleted workflow, which may be restored; not if the group is deleted itself: it is restored without
 * users who deleted the account.
 */
async function find(services: Services, groupId: string): Promise<Group | undefined> {
  const group = await readAnyGroup(services, groupId);
  const workflow = group && !group.deleting && (await readAnyWorkflow(services, group.workflowId));
  return workflow ? { ...group, version: workflow.version } : undefined;
}
