import { storedName } from '../documents/display-name.ts';
import { includesRole } from '../roles/names.ts';
import { workflowMemberCodec } from '../roles/role.ts';
import type { Services } from '../services/services.ts';
import { keys } from '../store/keys.ts';
import { type Page, type PageRequest, slicePage } from '../store/paging.ts';
import { listUsers } from '../users/accounts.ts';
import type { Caller } from '../users/sessions.ts';
import { findUserByName, findUserLike, type UserEntry, userCodec } from '../users/user.ts';
import { groupCodec, groupEntryCodec } from './group.ts';

/** Maximum number of the caller's groups whose members are listed. */
const MAX_GROUPS = 200;

/**
 * Lists active users by name, without regard to case: all of them, or those whom the caller knows, as the setting
 * `FLOWSERV_USER_LIST` says. A query that is the whole name of a user finds that user in any case.
 *
 * @param query beginning of the name
 */
export async function listVisibleUsers(
  services: Services,
  caller: NonNullable<Caller>,
  query = '',
  page?: PageRequest,
): Promise<Page<UserEntry>> {
  if (services.config.userList === 'all') return listUsers(services, query, page);
  const lower = storedName(query).toLowerCase();
  const known = (await knownUsers(services, caller)).filter(({ name }) =>
    name.toLowerCase().startsWith(lower),
  );
  const named = query === '' ? [] : await usersNamed(services, query);
  const users = new Map([...known, ...named].map((user) => [user.id, user]));
  return slicePage([...users.values()].sort(byName), page);
}

const byName = (a: UserEntry, b: UserEntry): number => {
  const [first, second] = [a, b].map(({ id, name }) => `${name.toLowerCase()}#${id}`);
  return (first ?? '') < (second ?? '') ? -1 : 1;
};

/** The active users with this name, as written and in any other form that counts as the same. */
async function usersNamed(services: Services, name: string): Promise<UserEntry[]> {
  const found = [await findUserByName(services, name), await findUserLike(services, name)];
  return found.flatMap((user) => (user?.state === 'active' ? [{ id: user.id, name: user.name }] : []));
}

/** The caller, the members and invited users of the caller's groups, and the organisers of their workflows. */
async function knownUsers({ table }: Services, caller: NonNullable<Caller>): Promise<UserEntry[]> {
  const listed = await table.list(keys.memberships(caller.id), { limit: MAX_GROUPS });
  const entries = listed.map(groupEntryCodec.read);
  const groups = (await table.getMany(entries.map(({ id }) => keys.group(id)))).map(groupCodec.read);
  const workflows = [...new Set(entries.map(({ workflowId }) => workflowId))];
  const roles = await Promise.all(workflows.map((id) => table.list(keys.workflowMembers(id))));
  const organisers = roles
    .flat()
    .map(workflowMemberCodec.read)
    .filter(({ role }) => includesRole(role, 'organiser'));
  const ids = new Set([
    caller.id,
    ...groups.flatMap(({ members, invitations = [] }) => [...members, ...invitations].map(({ id }) => id)),
    ...organisers.map(({ id }) => id),
  ]);
  const users = (await table.getMany([...ids].map(keys.user))).map(userCodec.read);
  return users.filter(({ state }) => state === 'active').map(({ id, name }) => ({ id, name }));
}
