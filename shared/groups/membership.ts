import { FlowservError, invalid, unknownObject } from '../errors.ts';
import { checkApproved } from '../participants/approval.ts';
import type { Services } from '../services/services.ts';
import { findActiveUser } from '../users/user.ts';
import { changeGroup } from './change.ts';
import { tooManyMembers } from './create.ts';
import { type Group, type Member, mostMembers } from './group.ts';
import { invite } from './invitation.ts';

/**
 * Joining and leaving a group. `authorize` throws if the caller may not do it; it is called for every state of the group
 * that is changed.
 */
type Authorize = (group: Group) => Promise<unknown>;

/**
 * Removes a member; members may remove themselves. The last one cannot, since nobody could reach what the group has
 * uploaded and run, or delete it.
 *
 * @throws FlowservError 404 for a user who is not a member, 400 for the last member
 */
export const removeMember = (
  services: Services,
  group: Group,
  userId: string,
  authorize: Authorize,
): Promise<Group> =>
  changeGroup(services, group, async (current) => {
    await authorize(current);
    const members = current.members.filter(({ id }) => id !== userId);
    if (members.length === current.members.length) throw unknownObject('user', userId);
    if (members.length === 0) throw lastMember();
    return { ...current, members };
  });

const lastMember = () =>
  new FlowservError(
    'group.last-member',
    'the last member cannot leave a group; delete the group instead, with its uploads and runs',
  );

/**
 * Makes another member the owner of a group. It still counts against the quota of the user who created it.
 *
 * @throws FlowservError 404 for a user who is not a member
 */
export const handOver = (
  services: Services,
  group: Group,
  userId: string,
  authorize: Authorize,
): Promise<Group> =>
  changeGroup(services, group, async (current) => {
    await authorize(current);
    if (current.members.every(({ id }) => id !== userId)) throw unknownObject('user', userId);
    return current.ownerId === userId ? current : { ...current, ownerId: userId };
  });

/**
 * Invites a user to a group, also where members can be added without an invitation. An open invitation stays as it is.
 *
 * @throws FlowservError 404 for a user who is not active, 400 for a member or too many invitations
 */
export async function inviteUser(
  services: Services,
  caller: Member,
  group: Group,
  username: string,
  authorize: Authorize,
): Promise<Group> {
  await authorize(group);
  const user = await findActiveUser(services, username);
  return changeGroup(services, group, async (current) => {
    await authorize(current);
    const { members, invitations = [] } = current;
    if (members.some(({ id }) => id === user.id)) {
      throw invalid('group.member', `user '${user.name}' is a member of the group`);
    }
    if (invitations.some(({ id }) => id === user.id)) return current;
    return { ...current, invitations: invite(services, invitations, [user], caller) };
  });
}

/**
 * Makes an invited user a member, within the limits of the contest. A member stays one.
 *
 * @throws FlowservError 400 if the group is full, 403 if the user is in as many groups as the contest allows
 */
export const acceptInvitation = (
  services: Services,
  { id, name }: Member,
  group: Group,
  authorize: Authorize,
): Promise<Group> =>
  changeGroup(services, group, async (current, { contest, participation }) => {
    await authorize(current);
    const { members } = current;
    if (members.some((member) => member.id === id)) return current;
    await checkApproved(services, current.workflowId, id, participation);
    const most = mostMembers(contest?.limits);
    if (members.length >= most) throw tooManyMembers(most);
    return { ...withoutInvitation(current, id), members: [...members, { id, name }] };
  });

/** Withdraws an invitation, or declines it. @throws FlowservError 404 if the user is not invited */
export const removeInvitation = (
  services: Services,
  group: Group,
  userId: string,
  authorize: Authorize,
): Promise<Group> =>
  changeGroup(services, group, async (current) => {
    await authorize(current);
    const changed = withoutInvitation(current, userId);
    if (changed.invitations?.length === current.invitations?.length)
      throw unknownObject('invitation', userId);
    return changed;
  });

const withoutInvitation = (group: Group, userId: string): Group => ({
  ...group,
  invitations: (group.invitations ?? []).filter(({ id }) => id !== userId),
});
