import { logError } from '../log.ts';
import { isMailAddress } from '../services/mailer.ts';
import type { MailOrder } from '../services/messages.ts';
import type { Services } from '../services/services.ts';
import { exists } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { newActivationCode } from './activation-code.ts';
import { sendWithin } from './attempts.ts';
import { readCredential } from './credential.ts';
import { mailboxOf } from './mailbox.ts';
import { openRequest } from './password-reset.ts';
import { findUserByName, type User } from './user.ts';

/**
 * Sends what a request has asked for, if there is such an account in such a state, and its mailbox has not had enough
 * for the day. A message that comes twice sends two mails, of which the later is good.
 *
 * @throws where the service may take the mail later; a mail that it refuses is reported and left
 */
export async function sendAccountMail(services: Services, order: MailOrder): Promise<void> {
  const { kind, username, address } = order;
  const user = isMailAddress(username) ? await findUserByName(services, username) : undefined;
  if (user?.state !== (kind === 'activation' ? 'unconfirmed' : 'active')) return;
  const write = kind === 'activation' ? activationMail : resetMail;
  await sendWithin(services, kind, mailboxOf(username), address, async () => {
    const mail = { to: user.name, ...(await write(services, user)) };
    await services.mailer.send(mail).catch((error: unknown) => {
      if (mayPass(error)) throw error;
      logError('mail refused', { kind }, error);
    });
  });
}

/** Whether the mail service may take the mail at another time: it is throttled, down, or out of reach. */
const mayPass = (error: unknown): boolean =>
  !(error instanceof Error && '$fault' in error && error.$fault === 'client') ||
  /TooManyRequests|Throttling|LimitExceeded|SendingPaused/.test(error.name);

/** A new code takes the place of the one before. */
async function activationMail(services: Services, { id, name }: User) {
  const { code, hash } = newActivationCode(id);
  await readCredential(services, id);
  await services.table.update(keys.credential(id), { set: { activationHash: hash } }, exists);
  return {
    subject: 'Activate your account',
    text: [
      `An account for ${name} was registered at ${services.config.api.url}.`,
      'If it was you, activate it with this id, and choose its password with that:',
      '',
      `  ${code}`,
      '',
      'The command for it is: flowserv users confirm',
      '',
      'If it was not you, there is nothing to do: nobody can use the account, and it is gone after a week.',
    ].join('\n'),
  };
}

async function resetMail(services: Services, user: User) {
  const requestId = await openRequest(services, user);
  const minutes = Math.round(services.config.tokenTtlSeconds / 60);
  return {
    subject: 'Reset your password',
    text: [
      `Somebody asked to reset the password of ${user.name} at ${services.config.api.url}.`,
      `If it was you, set a new one with this request id, within ${minutes} minutes:`,
      '',
      `  ${requestId}`,
      '',
      'If it was not you, there is nothing to do: your password stays as it is.',
    ].join('\n'),
  };
}
