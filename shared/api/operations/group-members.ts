import { notAuthorized } from '../../errors.ts';
import { findGroup, type Group } from '../../groups/group.ts';
import { countedChange } from '../../groups/invitation.ts';
import {
  acceptInvitation,
  handOver,
  inviteUser,
  removeInvitation,
  removeMember,
} from '../../groups/membership.ts';
import { listInvitations } from '../../groups/own-invitations.ts';
import type { Services } from '../../services/services.ts';
import { namesOf } from '../../users/accounts.ts';
import { groupHandle } from '../group-handle.ts';
import { loggedIn, operation } from '../operation.ts';
import { nothing, ok } from '../operation-result.ts';
import { ownInvitationView } from '../participant-views.ts';
import { pageOf, userView } from '../views.ts';

/** Who is a member of a group: leaving, removing, and invitations. */
export const groupMemberOperations = [
  operation('groups:members:remove', async ({ services, authorize, param }) => {
    const group = await findGroup(services, param('userGroupId'));
    await removeMember(services, group, param('userId'), authorize);
    return nothing;
  }),

  operation('groups:owner', async ({ services, authorize, param }) => {
    const group = await findGroup(services, param('userGroupId'));
    await authorize(group);
    return ok(await ownerView(services, group));
  }),

  operation('groups:hand-over', async ({ services, authorize, param, body }) => {
    const group = await findGroup(services, param('userGroupId'));
    return ok(await ownerView(services, await handOver(services, group, body.userId, authorize)));
  }),

  operation('invitations:create', async ({ services, caller, authorize, param, body }) => {
    const group = await findGroup(services, param('userGroupId'));
    const inviting = loggedIn(caller);
    const changed = await countedChange(services, inviting, () =>
      inviteUser(services, inviting, group, body.username, authorize),
    );
    return ok(await groupHandle(services, changed));
  }),

  operation('invitations:list', async ({ services, caller, query }) => {
    const user = loggedIn(caller);
    const invitations = await listInvitations(services, user, user.scope?.workflowId, query);
    return pageOf('invitations', invitations, ownInvitationView);
  }),

  operation('invitations:accept', async ({ services, caller, authorize, param }) => {
    const group = await findGroup(services, param('userGroupId'));
    return ok(
      await groupHandle(services, await acceptInvitation(services, loggedIn(caller), group, authorize)),
    );
  }),

  operation('invitations:remove', async ({ services, caller, authorize, mayAlso, param }) => {
    const group = await findGroup(services, param('userGroupId'));
    const userId = param('userId');
    const isOwn = userId === loggedIn(caller).id;
    await removeInvitation(services, group, userId, async (current) => {
      await authorize(current);
      if (!isOwn && !(await mayAlso('group:members', current))) throw notAuthorized();
    });
    return nothing;
  }),
];

async function ownerView(services: Services, { ownerId }: Group) {
  const nameOf = await namesOf(services, [ownerId]);
  return userView({ id: ownerId, name: nameOf(ownerId) });
}
