import { invalid } from '../errors.ts';
import { isIdentifier, newId, timestamp } from '../ids.ts';
import type { Services } from '../services/services.ts';
import { ConditionFailed } from '../store/conditional.ts';
import { absent } from '../store/expressions.ts';
import type { Write } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { nameKey } from '../store/name-keys.ts';
import { type Page, type PageRequest, readPage } from '../store/paging.ts';
import { mailActivationCode, newActivationCode } from './activation-code.ts';
import { isUserNameTaken } from './names.ts';
import { credentialCodec } from './credential.ts';
import { hashPassword } from './password.ts';
import {
  checkPassword,
  checkUserName,
  DEFAULT_USER,
  findUser,
  type User,
  type UserEntry,
  userCodec,
  userEntryCodec,
  userPointerCodec,
} from './user.ts';

/**
 * Registers a user. Names are unique, also among inactive users.
 *
 * @param verify true leaves the account inactive until it is activated; unless accounts are in the hands of
 *   whoever asks (setting `FLOWSERV_PASSWORD_RESET`), every account starts so
 * @throws FlowservError 400 for a blank or long name, a blank password, or a name that is taken
 */
export async function registerUser(
  services: Services,
  input: { readonly username: string; readonly password: string; readonly verify: boolean },
): Promise<User> {
  const { table, config, now } = services;
  const name = checkUserName(input.username);
  const plain = checkPassword(input.password);
  // Saves the hash, the dear part; the transaction decides.
  if (await isUserNameTaken(services, name)) throw duplicateUser(name);
  const password = await hashPassword(plain);
  const id = newId();
  const activation = config.passwordReset === 'mail' ? newActivationCode(id) : undefined;
  const user: User = {
    id,
    name,
    active: !input.verify && config.passwordReset === 'direct',
    createdAt: timestamp(now()),
    tokenEpoch: 0,
  };
  const credential = { userId: id, password, ...(activation ? { activationHash: activation.hash } : {}) };
  try {
    await table.transact([
      table.write.put(userPointerCodec.write(nameKey(keys.userName, name), { userId: user.id }), absent),
      table.write.put(userCodec.write(keys.user(user.id), user), absent),
      table.write.put(credentialCodec.write(keys.credential(user.id), credential), absent),
      ...(user.active ? [entryWrite(table, user)] : []),
    ]);
  } catch (error) {
    if (error instanceof ConditionFailed) throw duplicateUser(name, error);
    throw error;
  }
  if (activation) await mailActivationCode(services, user, activation.code);
  return user;
}

const duplicateUser = (name: string, cause?: unknown) =>
  invalid('user.duplicate', `duplicate user '${name}'`, cause);

/** Makes an account usable, as the operator may; doing it again changes nothing. @throws FlowservError 404 */
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
export async function listUsers(
  { table }: Services,
  prefix = '',
  page?: PageRequest,
): Promise<Page<UserEntry>> {
  const where = keys.userEntryPrefix(prefix);
  const { entries, nextCursor } = await readPage(table, where, userEntryCodec.read, page);
  // Keys hold the beginning of a very long name only.
  const lower = prefix.toLowerCase();
  return { entries: entries.filter(({ name }) => name.toLowerCase().startsWith(lower)), nextCursor };
}

/**
 * The active users behind a list of ids, in its order and without doubles; the first unknown id otherwise. The
 * default user is one of them, since it is the member of every group made under the `open` policy.
 */
export async function findActiveUsers(
  { table }: Services,
  userIds: readonly string[],
): Promise<{ readonly users: UserEntry[] } | { readonly unknown: string }> {
  const wanted = [...new Set(userIds)];
  const items = await table.getMany(wanted.filter(isIdentifier).map((id) => keys.user(id)));
  const active = items.map(userCodec.read).filter((user) => user.active);
  const byId = new Map([DEFAULT_USER, ...active].map(({ id, name }) => [id, { id, name }]));
  const users: UserEntry[] = [];
  for (const id of wanted) {
    const user = byId.get(id);
    if (!user) return { unknown: id };
    users.push(user);
  }
  return { users };
}

function entryWrite({ write }: Services['table'], { id, name }: Pick<User, 'id' | 'name'>): Write {
  return write.put(userEntryCodec.write(keys.userEntry(name, id), { id, name }));
}
