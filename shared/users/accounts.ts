import { comparableName, storedName } from '../documents/display-name.ts';
import { invalid, signUpClosed } from '../errors.ts';
import { isIdentifier, newId, timestamp } from '../ids.ts';
import { isMailAddress } from '../services/mailer.ts';
import type { Services } from '../services/services.ts';
import { ConditionFailed } from '../store/conditional.ts';
import { absent, absentOrOver } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { nameKey } from '../store/name-keys.ts';
import { type Page, type PageRequest, readPage } from '../store/paging.ts';
import { listWrites } from './account-state.ts';
import { countAttempt } from './attempts.ts';
import { credentialCodec } from './credential.ts';
import { isUserNameTaken } from './names.ts';
import { hashPassword } from './password.ts';
import { expiryOf, firstState } from './states.ts';
import {
  checkPassword,
  checkUserName,
  DEFAULT_USER,
  expiryAttributes,
  findUserByName,
  findUserLike,
  type User,
  type UserEntry,
  userCodec,
  userEntryCodec,
  userPointerCodec,
} from './user.ts';

interface Registration {
  readonly username: string;
  readonly password: string;
  /** True leaves the account unconfirmed until it is activated. */
  readonly verify: boolean;
  /** Where the request comes from. */
  readonly address: string;
}

/**
 * Registers a user. Names are unique, also among inactive users.
 *
 * Where mail confirms accounts (`FLOWSERV_PASSWORD_RESET`), no password is stored: who redeems the mailed code chooses
 * it. A name that is not confirmed yet is answered as the first time, and gets a new code.
 *
 * @throws FlowservError 400 for a blank or long name, a blank password, or a name that is taken; 403 where sign-up is
 *   closed; 429 after too many registrations from the address
 */
export async function registerUser(services: Services, registration: Registration): Promise<UserEntry> {
  const { config, table } = services;
  const { verify, address } = registration;
  if (config.signUp === 'closed') throw signUpClosed();
  const name = checkUserName(registration.username);
  const plain = checkPassword(registration.password);
  await countAttempt(services, 'register', { address });
  if (config.passwordReset === 'mail') return registerByMail(services, name, address);
  // Saves the hash, the dear part; the transaction decides.
  if (await isUserNameTaken(services, name)) throw duplicateUser(name);
  const user = newUser(services, name, verify);
  if (await store({ table, now: services.now }, user, await hashPassword(plain))) return user;
  throw duplicateUser(name);
}

/** The mail is sent outside the request, so that the time to answer does not tell whether there is one. */
async function registerByMail(services: Services, name: string, address: string): Promise<UserEntry> {
  // No mail would reach who is kept from the address by it.
  if (!isMailAddress(name) && isMailAddress(comparableName(name))) {
    throw invalid('user.name', 'an address for mail has plain letters only; write it without others');
  }
  const user = (await findUserByName(services, name)) ?? (await storeOrFind(services, name));
  if (user?.state !== 'unconfirmed' && user?.state !== 'waiting') throw duplicateUser(name);
  if (isMailAddress(user.name)) {
    await services.messages.mailWanted({ kind: 'activation', username: user.name, address });
  }
  return user;
}

/**
 * Of several who register a name at once, one stores it, and all are answered alike, in whatever spelling: the mail goes
 * to the same mailbox.
 */
async function storeOrFind(services: Services, name: string): Promise<User | undefined> {
  if (await isUserNameTaken(services, name)) return findUserLike(services, name);
  const user = newUser(services, name, true);
  return (await store(services, user, undefined)) ? user : findUserLike(services, name);
}

function newUser({ config, now }: Services, name: string, verify: boolean): User {
  const state = firstState(config, verify);
  const expiresAt = expiryOf(state, now());
  return { id: newId(), name, state, createdAt: timestamp(now()), tokenEpoch: 0, expiresAt };
}

/** Stores a new account, also in the place of one that has expired; false when the name is taken. */
async function store(
  { table, now }: Pick<Services, 'table' | 'now'>,
  user: User,
  password: string | undefined,
): Promise<boolean> {
  const { id, name, expiresAt } = user;
  const { write } = table;
  const credential = { userId: id, ...(password ? { password } : {}) };
  const credentialItem = credentialCodec.write(keys.credential(id), credential);
  try {
    await table.transact([
      write.put(
        userPointerCodec.write(nameKey(keys.userName, name), { userId: id, expiresAt }),
        absentOrOver('expiresAt', now().getTime()),
      ),
      write.put(userCodec.write(keys.user(id), user), absent),
      write.put({ ...credentialItem, ...expiryAttributes(expiresAt) }, absent),
      ...listWrites(write, user),
    ]);
    return true;
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
}

const duplicateUser = (name: string) => invalid('user.duplicate', `duplicate user '${name}'`);

/** Active users in the order of their names, without regard to case; all, or those whose name begins so. */
export async function listUsers(
  { table }: Services,
  prefix = '',
  page?: PageRequest,
): Promise<Page<UserEntry>> {
  const lower = storedName(prefix).toLowerCase();
  const where = keys.userEntryPrefix(lower);
  const { entries, nextCursor } = await readPage(table, where, userEntryCodec.read, page);
  // Keys hold the beginning of a very long name only.
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
  const active = items.map(userCodec.read).filter((user) => user.state === 'active');
  const byId = new Map([DEFAULT_USER, ...active].map(({ id, name }) => [id, { id, name }]));
  const users: UserEntry[] = [];
  for (const id of wanted) {
    const user = byId.get(id);
    if (!user) return { unknown: id };
    users.push(user);
  }
  return { users };
}
