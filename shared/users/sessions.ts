import * as z from 'zod';
import { storedName } from '../documents/display-name.ts';
import { notLoggedIn } from '../errors.ts';
import { epochSeconds, newSecret } from '../ids.ts';
import type { Services } from '../services/services.ts';
import { itemCodec } from '../store/codec.ts';
import { conditionally } from '../store/conditional.ts';
import type { Condition } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { apiTokenCodec, isApiToken, recordTokenUse, type TokenScope } from './api-token.ts';
import { limited } from './attempts.ts';
import { readCredential } from './credential.ts';
import { knownUntil, rememberAddress } from './known-address.ts';
import { decoyHash, fittingForm, hashPassword, isOutdated } from './password.ts';
import { DEFAULT_USER, findUserByName, type User, unknownUser, userCodec } from './user.ts';

const tokenSchema = z.object({
  userId: z.string(),
  tokenEpoch: z.number(),
  /** Epoch milliseconds. Checked at every use: the table removes expired items only some time later. */
  expiresAt: z.number(),
  ttl: z.number(),
});
const tokenCodec = itemCodec(1, tokenSchema);

/** The user who makes a request. An unknown or expired token gives null, which is not an error by itself. */
export type Caller = {
  readonly id: string;
  readonly name: string;
  /** The epoch of the session or the API token; absent under the `open` policy. */
  readonly tokenEpoch?: number;
  /** Of a request with an API token: which of the user's rights it has. All of them if absent. */
  readonly scope?: TokenScope;
} | null;

/** Values that clients send without a login (flowServ HTTP API, junk tokens). */
const JUNK_TOKENS: readonly string[] = ['', 'null', 'undefined', 'None'];
/** Whether a text may be a token, and not a value that clients send without one. */
export const isToken = (text: string | undefined): text is string =>
  text !== undefined && !JUNK_TOKENS.includes(text);

/**
 * Issues a new token; tokens issued before stay valid until they expire.
 *
 * @param address network address of the client
 * @throws FlowservError the same 404 for an unknown name, a wrong password and an account that is not active; 429 after
 *   too many failures for the name or from the address
 */
export async function login(
  services: Services,
  username: string,
  password: string,
  address: string,
): Promise<{ readonly user: User; readonly token: string }> {
  const { table, config, now } = services;
  // Attempts count for a name in any spelling.
  const name = storedName(username);
  const known = await knownUntil(services, name, address);
  const user = await limited(services, 'login', { name, address, isKnown: known > 0 }, () =>
    userWithPassword(services, username, password.trim()),
  );
  await rememberAddress(services, name, address, known);
  const token = newSecret();
  const expires = now().getTime() + config.tokenTtlSeconds * 1000;
  const item = {
    userId: user.id,
    tokenEpoch: user.tokenEpoch,
    expiresAt: expires,
    ttl: epochSeconds(new Date(expires)) + 1,
  };
  await table.put(tokenCodec.write(keys.token(token), item));
  return { user, token };
}

/** @throws FlowservError the same 404 for an unknown name, a wrong password and an account that is not active */
async function userWithPassword(services: Services, username: string, password: string): Promise<User> {
  const user = await findUserByName(services, username);
  const hash = user && (await readCredential(services, user.id))?.password;
  const form = await fittingForm(password, hash ?? decoyHash());
  if (user?.state !== 'active' || !hash || !form) throw unknownUser(username);
  if (form === 'typed' || isOutdated(hash))
    await replaceHash(services, user, hash, await hashPassword(password));
  return user;
}

/** Stores a better hash of the same password, unless the password changed in the meantime. */
async function replaceHash({ table }: Services, user: User, old: string, password: string): Promise<void> {
  const same: Condition = { expression: '#password = :old', values: { old } };
  await conditionally(table.update(keys.credential(user.id), { set: { password } }, same));
}

/** Returns the caller of a token. Under the `open` policy every caller is the default user. */
export async function callerOf(services: Services, token: string | undefined): Promise<Caller> {
  return services.config.auth === 'open' ? DEFAULT_USER : userOfToken(services, token);
}

/**
 * Returns the user for `whoami`: the caller, but under the `open` policy the user of the token if it is valid, as
 * flowServ does. All other routes use the caller.
 */
export async function whoIs(services: Services, caller: Caller, token: string | undefined): Promise<Caller> {
  return services.config.auth === 'open' ? ((await userOfToken(services, token)) ?? caller) : caller;
}

async function userOfToken(services: Services, token: string | undefined): Promise<Caller> {
  if (!isToken(token)) return null;
  const { table, now } = services;
  const item = await table.get(keys.token(token));
  const scoped = isApiToken(token) ? apiTokenCodec.readMaybe(item) : undefined;
  const found = scoped ?? tokenCodec.readMaybe(item);
  if (!found || found.expiresAt <= now().getTime()) return null;
  const user = userCodec.readMaybe(await table.get(keys.user(found.userId)));
  if (user?.state !== 'active' || user.tokenEpoch !== found.tokenEpoch) return null;
  const { id, name, tokenEpoch } = user;
  if (!scoped) return { id, name, tokenEpoch };
  await recordTokenUse(services, id, scoped.scope, scoped.ttl);
  return { id, name, tokenEpoch, scope: scoped.scope };
}

/**
 * Ends one session. An expired token can be ended like a valid one.
 *
 * @returns the user of the session; under the `open` policy the default user if there was no session
 * @throws FlowservError 403 if the token is missing or unknown, except under the `open` policy
 */
export async function logout(
  services: Services,
  token: string | undefined,
): Promise<{ id: string; name: string }> {
  const { table, config } = services;
  const isSession = isToken(token) && !isApiToken(token);
  const found = isSession ? tokenCodec.readMaybe(await table.get(keys.token(token))) : undefined;
  const user = found && userCodec.readMaybe(await table.get(keys.user(found.userId)));
  if (isSession && user) {
    await table.remove(keys.token(token));
    return { id: user.id, name: user.name };
  }
  if (config.auth === 'open') return DEFAULT_USER;
  throw notLoggedIn();
}
