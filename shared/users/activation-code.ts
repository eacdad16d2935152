import { createHash, timingSafeEqual } from 'node:crypto';
import { newId } from '../ids.ts';

/** Number of hexadecimal digits of a user's id, with which an activation code begins. */
const ID_LENGTH = 32;

const digest = (secret: string) => createHash('sha256').update(secret).digest();

/**
 * Returns a code that activates one account: the user's id and a secret of 122 random bits, of which only a hash is
 * stored.
 */
export function newActivationCode(userId: string): { readonly code: string; readonly hash: string } {
  const code = userId + newId();
  return { code, hash: codeHash(code) };
}

/** Returns the id of a code's user. */
export const userOfCode = (code: string): string => code.slice(0, ID_LENGTH);

/** Returns the hash of a code, for storage. */
export const codeHash = (code: string): string => digest(code.slice(ID_LENGTH)).toString('hex');

/** Whether a code matches the stored hash; compares in constant time. */
export function codeFits(code: string, hash: string | undefined): boolean {
  const stored = Buffer.from(hash ?? '', 'hex');
  const given = digest(code.slice(ID_LENGTH));
  return stored.length === given.length && timingSafeEqual(stored, given);
}
