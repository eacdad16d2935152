import { logError } from '../log.ts';
import { isMailAddress, mayPass } from '../services/mailer.ts';
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
 * Sends the requested mail if the account exists in the right state and its mailbox is below the daily limit. A message
 * that arrives twice sends two mails, of which only the later one is valid.
 *
 * @throws if the mail service may accept the mail later; a rejected mail is logged and dropped
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
      logError('mail rejected', { kind }, error);
    });
  });
}

/** A new code replaces the previous one. */
async function activationMail(services: Services, { id, name }: User) {
  const { code, hash } = newActivationCode(id);
  await readCredential(services, id);
  await services.table.update(keys.credential(id), { set: { activationHash: hash } }, exists);
  return {
    subject: 'Activate your account',
    text: [
      `An account for ${name} was registered at ${services.config.api.url}.`,
      'If it was you, activate it with this id and a password of your choice:',
      '',
      `  ${code}`,
      '',
      'The command for it is: flowserv users confirm',
      '',
      'If it was not you, ignore this mail: the account cannot be used, and is deleted after a week.',
    ].join('\n'),
  };
}

async function resetMail(services: Services, user: User) {
  const requestId = await openRequest(services, user);
  const minutes = Math.round(services.config.tokenTtlSeconds / 60);
  return {
    subject: 'Reset your password',
    text: [
      `Someone requested a new password for ${user.name} at ${services.config.api.url}.`,
      `If it was you, set a new one with this request id, within ${minutes} minutes:`,
      '',
      `  ${requestId}`,
      '',
      'If it was not you, ignore this mail: your password stays the same.',
    ].join('\n'),
  };
}
