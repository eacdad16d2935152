import { readAccount } from '../../groups/account.ts';
import { listVisibleUsers } from '../../groups/known-users.ts';
import { listSubscriptions } from '../../notifications/subscriptions.ts';
import { loggedIn, operation } from '../operation.ts';
import { ok } from '../operation-result.ts';
import { ownInvitationView } from '../participant-views.ts';
import { groupEntryView, pageOf, userView } from '../views.ts';

/** The list of users, which depends on the groups of the caller, and what is stored of the caller. */
export const userListOperations = [
  operation('users:list', async ({ services, caller, query }) => {
    const users = await listVisibleUsers(services, loggedIn(caller), query.query, query);
    return pageOf('users', users, (user) => userView(user));
  }),

  operation('users:export', async ({ services, caller }) => {
    const own = loggedIn(caller);
    const { user, groups, invitations, roles } = await readAccount(services, own);
    return ok({
      user: { ...userView(user), createdAt: user.createdAt },
      groups: groups.map(groupEntryView),
      invitations: invitations.map(ownInvitationView),
      roles: roles.map(({ workflowId, role, since }) => ({ workflow: workflowId, role, since })),
      mail: await listSubscriptions(services, own.id),
    });
  }),
];
