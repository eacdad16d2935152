import { createHash, timingSafeEqual } from 'node:crypto';
import { newId } from '../ids.ts';

/** Hexadecimal digits of a user's id, which an activation code begins with. */
const ID_LENGTH = 32;

const digest = (secret: string) => createHash('sha256').update(secret).digest();

/**
 * A code that activates one account: the user's id and a secret of 122 random bits, of which only a hash is
 * stored.
 */
export function newActivationCode(userId: string): { readonly code: string; readonly hash: string } {
  const code = userId + newId();
  return { code, hash: codeHash(code) };
}

/** The id of the user that a code is for. */
export const userOfCode = (code: string): string => code.slice(0, ID_LENGTH);

/** What is stored of a code. */
export const codeHash = (code: string): string => digest(code.slice(ID_LENGTH)).toString('hex');

/** Whether a code is the one whose hash is stored; compared in constant time. */
export function codeFits(code: string, hash: string | undefined): boolean {
  const stored = Buffer.from(hash ?? '', 'hex');
  const given = digest(code.slice(ID_LENGTH));
  return stored.length === given.length && timingSafeEqual(stored, given);
}
