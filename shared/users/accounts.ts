import { invalid } from '../errors.ts';
import type { Services } from '../services.ts';
import { absent } from '../store/expressions.ts';
import { newId, timestamp } from '../store/ids.ts';
import { keys } from '../store/keys.ts';
import { ConditionFailed, type Write } from '../store/table.ts';
import { hashPassword } from './password.ts';
import {
  checkPassword,
  checkUserName,
  findUser,
  type User,
  type UserEntry,
  userCodec,
  userEntryCodec,
  userPointerCodec,
} from './user.ts';

/** At most this many users come in one listing. */
const LIST_LIMIT = 1000;

/**
 * Registers a user. Names are unique, also among inactive users.
 *
 * @param verify true leaves the account inactive until it is activated
 * @throws FlowservError 400 for a blank or long name, a blank password, or a name that is taken
 */
export async function registerUser(
  { table, now }: Services,
  input: { readonly username: string; readonly password: string; readonly verify: boolean },
): Promise<User> {
  const name = checkUserName(input.username);
  const password = await hashPassword(checkPassword(input.password));
  const user: User = {
    id: newId(),
    name,
    password,
    active: !input.verify,
    createdAt: timestamp(now()),
    tokenEpoch: 0,
  };
  try {
    await table.transact([
      table.write.put(userPointerCodec.write(keys.userName(name), { userId: user.id }), absent),
      table.write.put(userCodec.write(keys.user(user.id), user), absent),
      ...(user.active ? [entryWrite(table, user)] : []),
    ]);
  } catch (error) {
    if (error instanceof ConditionFailed) throw invalid('user.duplicate', `duplicate user '${name}'`, error);
    throw error;
  }
  return user;
}

/** Makes an account usable; doing it again changes nothing. @throws FlowservError 404 */
export async function activateUser(services: Services, userId: string): Promise<User> {
  const { table } = services;
  const user = await findUser(services, userId);
  if (user.active) return user;
  await table.transact([
    table.write.update(keys.user(userId), { set: { active: true } }),
    entryWrite(table, user),
  ]);
  return { ...user, active: true };
}

/** Active users in the order of their names, without regard to case; all, or those whose name begins so. */
export async function listUsers({ table }: Services, prefix = ''): Promise<UserEntry[]> {
  const items = await table.list(keys.userEntryPrefix(prefix), { limit: LIST_LIMIT });
  return items.map(userEntryCodec.read);
}

/** The active users behind a list of ids, in its order and without doubles; the first unknown id otherwise. */
export async function findActiveUsers(
  { table }: Services,
  userIds: readonly string[],
): Promise<{ readonly users: User[] } | { readonly unknown: string }> {
  const wanted = [...new Set(userIds)];
  const items = await table.getMany(wanted.map((id) => keys.user(id)));
  const byId = new Map(items.map(userCodec.read).map((user) => [user.id, user]));
  const users: User[] = [];
  for (const id of wanted) {
    const user = byId.get(id);
    if (!user?.active) return { unknown: id };
    users.push(user);
  }
  return { users };
}

function entryWrite({ write }: Services['table'], { id, name }: Pick<User, 'id' | 'name'>): Write {
  return write.put(userEntryCodec.write(keys.userEntry(name, id), { id, name }));
}
