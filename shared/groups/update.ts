import { unknownObject } from '../errors.ts';
import { checkAllApproved } from '../participants/approval.ts';
import type { Services } from '../services/services.ts';
import { findActiveUsers } from '../users/accounts.ts';
import { changeGroup } from './change.ts';
import { tooManyMembers } from './create.ts';
import { type Group, type Member, mostMembers } from './group.ts';
import { replaceMembers } from './invitation.ts';
import { checkGroupName } from './names.ts';

export interface GroupInput {
  readonly name?: string | undefined;
  /** Ids of all members. Where the benchmark requires invitations, new ones are invited instead. */
  readonly members?: readonly string[] | undefined;
}

/**
 * Renames a group and replaces its list of members, each only if given, in one transaction.
 *
 * @param caller who invites new members
 * @param authorize throws if the caller may not change the group; called for every state of the group that is changed
 * @throws FlowservError 404 for an unknown member, 400 for a name that is taken or invalid, 403 if a new member is in as
 *   many groups as the contest allows
 */
export async function updateGroup(
  services: Services,
  caller: Member,
  group: Group,
  input: GroupInput,
  authorize: (group: Group) => Promise<unknown>,
): Promise<Group> {
  return changeGroup(services, group, async (current, { contest, participation }) => {
    await authorize(current);
    const isRenamed = input.name !== undefined && input.name !== current.name;
    const name = isRenamed ? checkGroupName(input.name ?? '') : current.name;
    if (input.members === undefined) return isRenamed ? { ...current, name } : current;
    const wanted = await findMembers(services, input.members, mostMembers(contest?.limits));
    const before = { members: current.members, invitations: current.invitations ?? [] };
    const after = replaceMembers(services, participation, before, wanted, caller);
    const added = after.members.filter(({ id }) => before.members.every((member) => member.id !== id));
    await checkAllApproved(services, current.workflowId, added, participation);
    return { ...current, name, ...after };
  });
}

async function findMembers(services: Services, ids: readonly string[], most: number): Promise<Member[]> {
  if (new Set(ids).size > most) throw tooManyMembers(most);
  const found = await findActiveUsers(services, ids);
  if ('unknown' in found) throw unknownObject('user', found.unknown.slice(0, 100));
  return found.users.map(({ id, name }) => ({ id, name }));
}
