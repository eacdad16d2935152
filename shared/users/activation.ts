import { notAuthorized, unknownObject } from '../errors.ts';
import type { Services } from '../services/services.ts';
import { activateUser } from './accounts.ts';
import { codeFits, userOfCode } from './activation-code.ts';
import { readCredential } from './credential.ts';
import { findUser, type User } from './user.ts';

/**
 * Activates an account for whoever asks over HTTP. Who may do so depends on the setting
 * `FLOWSERV_PASSWORD_RESET`: with `direct` everybody who knows the user's id, as in the original; with `mail`
 * who has the code that went to the user's address; with `operator` nobody. Doing it again changes nothing.
 *
 * @param id the user's id, or the code
 * @throws FlowservError 404 for an unknown user or a wrong code, 403 where the operator activates accounts
 */
export async function activateByRequest(services: Services, id: string): Promise<User> {
  const mode = services.config.passwordReset;
  if (mode === 'direct') return activateUser(services, id);
  if (mode === 'operator') throw notAuthorized();
  const user = await findUser(services, userOfCode(id));
  const credential = await readCredential(services, user.id);
  if (!codeFits(id, credential?.activationHash)) throw unknownObject('user', userOfCode(id));
  return activateUser(services, user.id);
}
