import { invalid } from '../errors.ts';
import type { Services } from '../services/services.ts';
import { changeAccount } from './account-state.ts';
import { codeFits, codeHash, userOfCode } from './activation-code.ts';
import { limited } from './attempts.ts';
import { readCredential } from './credential.ts';
import { hashPassword, passwordFits } from './password.ts';
import { checkPassword, findUser, type User, unknownUser } from './user.ts';

interface Activation {
  /** The user's id, or the mailed code. */
  readonly id: string;
  /** Chosen by the user who received the mailed code. */
  readonly password?: string | undefined;
  /** Network address of the client. */
  readonly address: string;
}

/**
 * Confirms an account over HTTP: by the user's id, as in the original, or with `FLOWSERV_PASSWORD_RESET=mail` by the
 * code that was mailed to the user's address, together with the account's password. `FLOWSERV_SIGNUP` decides whether
 * the account is then active or waits for the operator. Repeating the request changes nothing.
 *
 * @throws FlowservError 404 for an unknown or disabled user or a wrong code; 400 for a password where none can be set,
 *   or a missing one where it is required; 429 after too many failures from the address
 */
export async function activateByRequest(services: Services, activation: Activation): Promise<User> {
  const { id, password, address } = activation;
  if (services.config.passwordReset === 'mail') {
    if (password === undefined) throw invalid('request.body', "missing element 'password'");
    const chosen = checkPassword(password);
    return limited(services, 'activation', { address }, () => redeem(services, id, chosen));
  }
  if (password !== undefined) {
    throw invalid('request.body', 'the password is the one of the registration; leave it out here');
  }
  const user = await changeAccount(services, id, 'confirm');
  if (!user) throw unknownUser(id);
  return user;
}

/** Checks the code first, so that guessing a code does not cost a hash. A code sets a password once. */
async function redeem(services: Services, code: string, password: string): Promise<User> {
  const user = await findUser(services, userOfCode(code));
  const credential = await readCredential(services, user.id);
  if (!credential || !codeFits(code, credential.activationHash)) throw unknownUser(userOfCode(code));
  if (user.state !== 'unconfirmed') {
    const same = credential.password && (await passwordFits(password, credential.password));
    if (user.state === 'disabled' || !same) throw unknownUser(user.id);
    return user;
  }
  const confirmed = await changeAccount(services, user.id, 'confirm', {
    change: { set: { password: await hashPassword(password) } },
    condition: { expression: '#activationHash = :code', values: { code: codeHash(code) } },
  });
  if (!confirmed) throw unknownUser(user.id);
  return confirmed;
}
