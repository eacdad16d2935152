import { createHash } from 'node:crypto';
import * as z from 'zod';
import { storedName } from '../documents/display-name.ts';
import { unknownObject } from '../errors.ts';
import { epochSeconds, newId } from '../ids.ts';
import { isMailAddress } from '../services/mailer.ts';
import type { Services } from '../services/services.ts';
import { itemCodec } from '../store/codec.ts';
import { conditionally } from '../store/conditional.ts';
import { type Condition, exists } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { countAttempt, limited } from './attempts.ts';
import { readCredential } from './credential.ts';
import { hashPassword } from './password.ts';
import { checkPassword, findUser, findUserByName, type User } from './user.ts';

const requestCodec = itemCodec(1, z.object({ userId: z.string(), expiresAt: z.number(), ttl: z.number() }));

const digest = (requestId: string) => createHash('sha256').update(requestId).digest('hex');

/**
 * Opens a password-reset request; it invalidates an earlier one of the same user.
 *
 * The result depends on the setting `FLOWSERV_PASSWORD_RESET`: with `direct` it is the id that resets the password, as
 * in the original; with `mail` the id is sent to the user name, which is an address, and the returned id resets
 * nothing; with `operator` no request is opened. The response is the same for unknown and inactive users.
 *
 * @param address network address of the client
 * @throws FlowservError 429 after too many requests for the name or from the address
 */
export async function requestPasswordReset(
  services: Services,
  username: string,
  address: string,
): Promise<string> {
  const { config } = services;
  await countAttempt(services, 'password-request', { name: storedName(username), address });
  const receipt = newId();
  if (config.passwordReset === 'operator') return receipt;
  if (config.passwordReset === 'mail') {
    // The response takes equally long for every address; the account is looked up outside the request.
    if (isMailAddress(username)) await services.messages.mailWanted({ kind: 'reset', username, address });
    return receipt;
  }
  const user = await findUserByName(services, username);
  return user?.state === 'active' ? openRequest(services, user) : receipt;
}

/** Opens a request and returns its id, for callers that may act for the user. */
export async function openRequest(services: Services, user: User): Promise<string> {
  const { table, config, now } = services;
  await readCredential(services, user.id);
  const requestId = newId();
  const expiresAt = now().getTime() + config.tokenTtlSeconds * 1000;
  const item = { userId: user.id, expiresAt, ttl: epochSeconds(new Date(expiresAt)) + 1 };
  await table.transact([
    table.write.put(requestCodec.write(keys.resetRequest(requestId), item)),
    table.write.update(keys.credential(user.id), { set: { resetHash: digest(requestId) } }, exists),
  ]);
  return requestId;
}

/**
 * Sets a new password, ends all sessions of the user and consumes the request.
 *
 * @param address network address of the client
 * @throws FlowservError 400 for a blank password, 404 when the request is unknown, used, replaced or expired, 429
 *   after too many failures from the address
 */
export async function resetPassword(
  services: Services,
  requestId: string,
  password: string,
  address: string,
): Promise<User> {
  const trimmed = checkPassword(password);
  return limited(services, 'password-reset', { address }, () => consume(services, requestId, trimmed));
}

async function consume(services: Services, requestId: string, password: string): Promise<User> {
  const { table, now } = services;
  const request = requestCodec.readMaybe(await table.get(keys.resetRequest(requestId)));
  if (!request || request.expiresAt <= now().getTime()) throw unknownRequest(requestId);
  const user = await findUser(services, request.userId);
  const active: Condition = { expression: '#active = :yes', values: { yes: true } };
  const latest: Condition = { expression: '#resetHash = :hash', values: { hash: digest(requestId) } };
  const change = { set: { password: await hashPassword(password) }, remove: ['resetHash'] };
  const changed = await conditionally(
    table.transact([
      table.write.update(keys.credential(user.id), change, latest),
      table.write.update(keys.user(user.id), { add: { tokenEpoch: 1 } }, active),
      table.write.remove(keys.resetRequest(requestId)),
    ]),
  );
  if (!changed) throw unknownRequest(requestId);
  return user;
}

const unknownRequest = (requestId: string) => unknownObject('request', requestId.slice(0, 100));
