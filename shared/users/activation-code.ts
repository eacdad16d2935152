import { createHash, timingSafeEqual } from 'node:crypto';
import { newId } from '../ids.ts';
import { logError } from '../log.ts';
import { isMailAddress } from '../services/mailer.ts';
import type { Services } from '../services/services.ts';
import type { User } from './user.ts';

/** Hexadecimal digits of a user's id, which an activation code begins with. */
const ID_LENGTH = 32;

const digest = (secret: string) => createHash('sha256').update(secret).digest();

/**
 * A code that activates one account: the user's id and a secret of 122 random bits, of which only a hash is
 * stored.
 */
export function newActivationCode(userId: string): { readonly code: string; readonly hash: string } {
  const secret = newId();
  return { code: userId + secret, hash: digest(secret).toString('hex') };
}

/** The id of the user that a code is for. */
export const userOfCode = (code: string): string => code.slice(0, ID_LENGTH);

/** Whether a code is the one whose hash is stored; compared in constant time. */
export function codeFits(code: string, hash: string | undefined): boolean {
  const stored = Buffer.from(hash ?? '', 'hex');
  const given = digest(code.slice(ID_LENGTH));
  return stored.length === given.length && timingSafeEqual(stored, given);
}

/** Sends the code where the user's name is an address; other accounts wait for the operator. */
export async function mailActivationCode({ mailer, config }: Services, user: User, code: string) {
  if (!isMailAddress(user.name)) return;
  const mail = {
    to: user.name,
    subject: 'Activate your account',
    text: [
      `An account for ${user.name} was registered at ${config.api.url}.`,
      'If it was you, activate it with this id:',
      '',
      `  ${code}`,
      '',
      'If it was not you, there is nothing to do: the account stays unused.',
    ].join('\n'),
  };
  // The account exists by now; the operator can activate it where the mail does not come.
  await mailer.send(mail).catch((error: unknown) => logError('activation mail failed', {}, error));
}
