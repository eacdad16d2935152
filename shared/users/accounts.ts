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
  DELETED_USER,
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
  /** Network address of the client. */
  readonly address: string;
}

/**
 * Registers a user. Names are unique, also among inactive users.
 *
 * If mail confirms accounts (`FLOWSERV_PASSWORD_RESET`), no password is stored: the user chooses it together with the
 * mailed code. A repeated registration of an unconfirmed name gets the same response as the first, and a new code.
 *
 * @throws FlowservError 400 for a blank or long name, a blank password, or a name that is taken; 403 if sign-up is
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
  // Skips the expensive hash; the transaction decides.
  if (await isUserNameTaken(services, name)) throw duplicateUser(name);
  const user = newUser(services, name, verify);
  if (await store({ table, now: services.now }, user, await hashPassword(plain))) return user;
  throw duplicateUser(name);
}

/** The mail is sent outside the request, so that the response time does not reveal whether one is sent. */
async function registerByMail(services: Services, name: string, address: string): Promise<UserEntry> {
  // Such a name would block the similar mail address for its owner, and no mail could reach it.
  if (!isMailAddress(name) && isMailAddress(comparableName(name))) {
    throw invalid(
      'user.name',
      'a mail address must not have special forms of letters; write it with plain letters',
    );
  }
  const user = (await findUserByName(services, name)) ?? (await storeOrFind(services, name));
  if (user?.state !== 'unconfirmed' && user?.state !== 'waiting') throw duplicateUser(name);
  if (isMailAddress(user.name)) {
    await services.messages.mailWanted({ kind: 'activation', username: user.name, address });
  }
  return user;
}

/**
 * Stores an account, or finds it if another request stores the same name at the same time, in any spelling. All these
 * requests get the same response, since the mail goes to the same mailbox.
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

/** Stores a new account; it may replace an expired one. Returns false if the name is taken. */
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

/** Lists active users by name, without regard to case; all users, or those whose name starts with the prefix. */
export async function listUsers(
  { table }: Services,
  prefix = '',
  page?: PageRequest,
): Promise<Page<UserEntry>> {
  const lower = storedName(prefix).toLowerCase();
  const where = keys.userEntryPrefix(lower);
  const { entries, nextCursor } = await readPage(table, where, userEntryCodec.read, page);
  // For a very long name, the key holds only its beginning.
  return { entries: entries.filter(({ name }) => name.toLowerCase().startsWith(lower)), nextCursor };
}

/** Returns the names of users by id; those who deleted the account have none of their own. */
export async function namesOf(
  { table }: Pick<Services, 'table'>,
  userIds: readonly string[],
): Promise<(id: string) => string> {
  const items = await table.getMany([...new Set(userIds)].filter(isIdentifier).map((id) => keys.user(id)));
  const names = new Map([DEFAULT_USER, ...items.map(userCodec.read)].map(({ id, name }) => [id, name]));
  return (id) => names.get(id) ?? DELETED_USER;
}

/**
 * Returns the active users of a list of ids, in its order and without duplicates, or else the first unknown id. The
 * default user is one of them, since it is a member of every group created under the `open` policy.
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
