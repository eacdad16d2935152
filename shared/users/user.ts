import * as z from 'zod';
import { findForbiddenCharacter, storedName } from '../documents/display-name.ts';
import type { ErrorCode } from '../error-catalogue.ts';
import { invalid, unknownObject } from '../errors.ts';
import { epochSeconds, isIdentifier } from '../ids.ts';
import type { Services } from '../services/services.ts';
import { type Codec, itemCodec } from '../store/codec.ts';
import type { Item } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { readReservations } from '../store/name-keys.ts';
import { accountStates } from './states.ts';

/** The identity of every caller under the `open` policy. It has no item and is never listed. */
export const DEFAULT_USER = { id: '00000000', name: '00000000' } as const;

/** The name of users who deleted their account, where something of them stays. It cannot be registered. */
export const DELETED_USER = 'deleted user';

/** flowServ's limit for names, in characters after trimming. */
export const MAX_NAME_LENGTH = 512;
/** Maximum length of a password: longer ones only take time to hash. */
const MAX_PASSWORD_LENGTH = 1024;

const userSchema = z.object({
  id: z.string(),
  name: z.string(),
  state: z.enum(accountStates),
  /** The previous state of a disabled account. */
  stateBefore: z.enum(accountStates).optional(),
  createdAt: z.string(),
  /** Tokens issued under an earlier number are invalid; a password reset increases it. */
  tokenEpoch: z.number(),
  /** Epoch milliseconds at which the account expires. The table removes it some time later. */
  expiresAt: z.number().optional(),
});
export type User = z.infer<typeof userSchema>;

/** Accounts of earlier versions have no state, only whether they are active. */
const stored = itemCodec(
  1,
  userSchema.extend({ active: z.boolean(), state: z.enum(accountStates).optional() }),
);
const read = (item: Item): User => {
  const { active, state = active ? 'active' : 'unconfirmed', ...user } = stored.read(item);
  return { ...user, state };
};
export const userCodec: Codec<User> = {
  read,
  readMaybe: (item) => (item === undefined ? undefined : read(item)),
  write: (key, user) =>
    stored.write(key, { ...user, active: user.state === 'active', ...expiryAttributes(user.expiresAt) }),
};

const pointerSchema = z.object({ userId: z.string(), expiresAt: z.number().optional() });
const pointers = itemCodec(1, pointerSchema);
/** The user of a name. It expires with its user. */
export const userPointerCodec: typeof pointers = {
  ...pointers,
  write: (key, { expiresAt, ...pointer }) =>
    pointers.write(key, { ...pointer, ...expiryAttributes(expiresAt) }),
};

const entrySchema = z.object({ id: z.string(), name: z.string() });
export const userEntryCodec = itemCodec(1, entrySchema);
export type UserEntry = z.infer<typeof entrySchema>;

/** The table removes an item one day after it expired; until then readers ignore it. */
export const expiryAttributes = (expiresAt: number | undefined) =>
  expiresAt === undefined ? {} : { expiresAt, ttl: epochSeconds(new Date(expiresAt)) + 86_400 };
export const expiryNames = ['expiresAt', 'ttl'] as const;

export const isOver = ({ expiresAt }: { readonly expiresAt?: number | undefined }, now: Date) =>
  expiresAt !== undefined && expiresAt <= now.getTime();

/** Finds the user with exactly this name, composed or not, in any state of the account. */
export async function findUserByName(services: Services, name: string): Promise<User | undefined> {
  const found: User[] = [];
  for (const item of await readReservations(services.table, keys.userName, name)) {
    const user = await readUser(services, userPointerCodec.read(item).userId);
    if (user?.name === name) return user;
    if (user && storedName(user.name) === storedName(name)) found.push(user);
  }
  return found[0];
}

/** Finds the active user with exactly this name. @throws FlowservError 404 */
export async function findActiveUser(services: Services, name: string): Promise<UserEntry> {
  const user = await findUserByName(services, name);
  if (user?.state !== 'active') throw unknownUser(name);
  return { id: user.id, name: user.name };
}

/** Finds the user whose name counts as the same. */
export async function findUserLike(services: Services, name: string): Promise<User | undefined> {
  for (const item of await readReservations(services.table, keys.userName, name)) {
    const user = await readUser(services, userPointerCodec.read(item).userId);
    if (user) return user;
  }
  return undefined;
}

async function readUser({ table, now }: Services, userId: string): Promise<User | undefined> {
  const user = userCodec.readMaybe(await table.get(keys.user(userId)));
  return user && !isOver(user, now()) ? user : undefined;
}

/** @throws FlowservError 404 if the user does not exist */
export async function findUser(services: Services, userId: string): Promise<User> {
  const user = isIdentifier(userId) ? await readUser(services, userId) : undefined;
  if (!user) throw unknownUser(userId);
  return user;
}

export const unknownUser = (nameOrId: string) => unknownObject('user', nameOrId.slice(0, MAX_NAME_LENGTH));

/** Whether a name is longer than flowServ allows. A character takes one or two code units. */
export const isTooLong = (name: string): boolean =>
  name.length > 2 * MAX_NAME_LENGTH || [...name].length > MAX_NAME_LENGTH;

/** Returns the name as it is stored. @throws FlowservError 400 if it is blank or too long */
export function checkUserName(name: string): string {
  const trimmed = name.trim();
  if (trimmed === '') throw invalid('user.name', 'missing user name');
  if (isTooLong(trimmed)) throw invalid('user.name', 'username too long');
  checkVisible(trimmed, 'user.name');
  return storedName(trimmed);
}

/** @throws FlowservError 400 for a name with invisible characters or characters that change how others are read */
export function checkVisible(name: string, code: ErrorCode): void {
  const forbidden = findForbiddenCharacter(name);
  if (forbidden !== undefined) throw invalid(code, `invalid name; leave out the character ${forbidden}`);
}

/** Returns the password as every request hashes it: trimmed. @throws FlowservError 400 if it is blank */
export function checkPassword(password: string): string {
  const trimmed = password.trim();
  if (trimmed === '') throw invalid('user.password', 'empty password');
  if (trimmed.length > MAX_PASSWORD_LENGTH) throw invalid('user.password', 'password too long');
  return trimmed;
}
