import { type OwnRole, readRolesOf } from '../roles/role.ts';
import type { Services } from '../services/services.ts';
import type { Caller } from '../users/sessions.ts';
import { findUser, type User } from '../users/user.ts';
import type { GroupEntry } from './group.ts';
import { listGroups } from './list.ts';
import { listInvitations, type OwnInvitation } from './own-invitations.ts';

/** An account and what belongs to it, with at most one page of each list. */
export interface Account {
  readonly user: User;
  readonly groups: readonly GroupEntry[];
  readonly invitations: readonly OwnInvitation[];
  readonly roles: readonly OwnRole[];
}

/** Reads what is stored of the caller. @throws FlowservError 404 under the `open` policy, whose user has no account */
export async function readAccount(services: Services, caller: NonNullable<Caller>): Promise<Account> {
  const user = await findUser(services, caller.id);
  const [groups, invitations, roles] = await Promise.all([
    listGroups(services, caller),
    listInvitations(services, caller),
    readRolesOf(services, caller.id),
  ]);
  return { user, groups: groups.entries, invitations: invitations.entries, roles };
}
