import type { Client } from '../../shared/client/client.ts';
import { comparableName } from '../../shared/documents/display-name.ts';

/** The form of the server's user ids; the id of the open policy has zeros only. */
const ID = /^(?:[0-9a-f]{32}|0{8})$/;

/**
 * Returns the ids of users who are given by id or by name, in any case and width. A text in the form of an id is an id,
 * since any user may choose such a name.
 *
 * @throws Error for a name that no active user has, or that several have
 */
export function userIds(client: Client, users: readonly string[]): Promise<string[]> {
  return Promise.all(users.map((user) => (ID.test(user) ? user : idOf(client, user))));
}

async function idOf(client: Client, name: string): Promise<string> {
  const plain = comparableName(name);
  const found = [
    ...(await client.users.list(name)),
    ...(plain === name.toLowerCase() ? [] : await client.users.list(plain)),
  ].filter(({ username }) => comparableName(username) === plain);
  const ids = new Set(found.map(({ id }) => id));
  // Names that earlier releases stored may differ only in case.
  const exact = found.find(({ username }) => username === name);
  const user = exact ?? (ids.size === 1 ? found[0] : undefined);
  if (user) return user.id;
  if (ids.size > 1)
    throw new Error(`several users have the name '${name}': use the id, ${[...ids].join(' or ')}`);
  throw new Error(`unknown user '${name}'; give the whole name of a user`);
}
