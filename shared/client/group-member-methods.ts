import { allPages } from './organiser-methods.ts';
import type { Transport } from './transport.ts';

/** The methods of the client for the members of groups and for invitations. */
export const groupMemberMethods = ({ read, send }: Transport) => ({
  /** Removes a member; with the caller's own id, leaves the group. @example await client.groups.removeMember(group.id, me.id); */
  removeMember: async (userGroupId: string, userId: string) => {
    await send('groups:members:remove', { params: { userGroupId, userId } });
  },
  /** Returns the owner of a group. @example const { username } = await client.groups.owner(group.id); */
  owner: (userGroupId: string) => read('groups:owner', { params: { userGroupId } }),
  /** Makes another member the owner. @example await client.groups.handOver(group.id, user.id); */
  handOver: (userGroupId: string, userId: string) =>
    read('groups:hand-over', { params: { userGroupId }, json: { userId } }),
  /** Invites a user. @example const { invitations } = await client.groups.invite(group.id, 'bob'); */
  invite: (userGroupId: string, username: string) =>
    read('invitations:create', { params: { userGroupId }, json: { username } }),
  /**
   * Lists the caller's open invitations; one request per page of the list.
   *
   * @example
   * const [{ group, invitedBy }] = await client.groups.invitations();
   */
  invitations: () =>
    allPages(async (cursor) => {
      const { invitations, nextCursor } = await read('invitations:list', { query: { cursor } });
      return { entries: invitations, nextCursor };
    }),
  /** Accepts an invitation. @example const { members } = await client.groups.acceptInvitation(group.id); */
  acceptInvitation: (userGroupId: string) => read('invitations:accept', { params: { userGroupId } }),
  /**
   * Withdraws the invitation of a user; with the caller's own id, declines it.
   *
   * @example
   * await client.groups.removeInvitation(group.id, me.id);
   */
  removeInvitation: async (userGroupId: string, userId: string) => {
    await send('invitations:remove', { params: { userGroupId, userId } });
  },
});
