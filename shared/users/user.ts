import * as z from 'zod';
import { findHiddenCharacter } from '../documents/display-name.ts';
import { invalid, unknownObject } from '../errors.ts';
import { isIdentifier } from '../ids.ts';
import type { Services } from '../services/services.ts';
import { itemCodec } from '../store/codec.ts';
import { keys } from '../store/keys.ts';
import { readReservations } from '../store/name-keys.ts';

/** Everyone's identity under the `open` policy: exists without an item, is never listed. */
export const DEFAULT_USER = { id: '00000000', name: '00000000' } as const;

/** flowServ's limit of names, in characters after trimming. */
export const MAX_NAME_LENGTH = 512;
/** Longer passwords only cost time to hash. */
const MAX_PASSWORD_LENGTH = 1024;

const userSchema = z.object({
  id: z.string(),
  name: z.string(),
  active: z.boolean(),
  createdAt: z.string(),
  /** Tokens issued under an earlier number are void; a password reset raises it. */
  tokenEpoch: z.number(),
});
export type User = z.infer<typeof userSchema>;
export const userCodec = itemCodec(1, userSchema);

const pointerSchema = z.object({ userId: z.string() });
export const userPointerCodec = itemCodec(1, pointerSchema);

const entrySchema = z.object({ id: z.string(), name: z.string() });
export const userEntryCodec = itemCodec(1, entrySchema);
export type UserEntry = z.infer<typeof entrySchema>;

/** The user with that exact name, active or not. */
export async function findUserByName({ table }: Services, name: string): Promise<User | undefined> {
  for (const item of await readReservations(table, keys.userName, name)) {
    const { userId } = userPointerCodec.read(item);
    const user = userCodec.readMaybe(await table.get(keys.user(userId)));
    if (user?.name === name) return user;
  }
  return undefined;
}

/** @throws FlowservError 404 when there is no such user */
export async function findUser({ table }: Services, userId: string): Promise<User> {
  const item = isIdentifier(userId) ? await table.get(keys.user(userId)) : undefined;
  const user = userCodec.readMaybe(item);
  if (!user) throw unknownObject('user', userId.slice(0, MAX_NAME_LENGTH));
  return user;
}

/** Whether a name is longer than flowServ allows, whatever its size. A character takes one or two code units. */
export const isTooLong = (name: string): boolean =>
  name.length > 2 * MAX_NAME_LENGTH || [...name].length > MAX_NAME_LENGTH;

/** The name as it is stored. @throws FlowservError 400 when it is blank or too long */
export function checkUserName(name: string): string {
  const trimmed = name.trim();
  if (trimmed === '' || isTooLong(trimmed)) throw invalid('user.name', 'username too long');
  checkVisible(trimmed, 'user.name');
  return trimmed;
}

/** @throws FlowservError 400 for a name with characters that nobody sees or that change how others are read */
export function checkVisible(name: string, code: string): void {
  const hidden = findHiddenCharacter(name);
  if (hidden !== undefined)
    throw invalid(code, `invalid name; leave out the character ${hidden}, which is not seen`);
}

/** The password as it is hashed, trimmed at every place alike. @throws FlowservError 400 when it is blank */
export function checkPassword(password: string): string {
  const trimmed = password.trim();
  if (trimmed === '') throw invalid('user.password', 'empty password');
  if (trimmed.length > MAX_PASSWORD_LENGTH) throw invalid('user.password', 'password too long');
  return trimmed;
}
