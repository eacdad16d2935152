import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { createTurns } from './hash-turns.ts';

/**
 * Cost of a password hash, stored with it so that it can grow later: 64 MiB, about 0.3 s on one core.
 * Source: OWASP password storage cheat sheet, scrypt with N = 2^16, r = 8, p = 2.
 */
const COST = { N: 2 ** 16, r: 8, p: 2 } as const;
const SALT_BYTES = 16;
const KEY_BYTES = 32;

/**
 * Shared by the whole process: a function's instance on AWS has one request at a time, a local server all of them. Two
 * at a time leave half of Node's four threads for other work. Sixteen take about five seconds; a request has thirty.
 */
const inTurn = createTurns({ atOnce: 2, waiting: 16, patienceMs: 10_000 });

interface Cost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/**
 * Returns text of the form `scrypt$N$r$p$salt$key`, salt and key in base64url. The password is hashed in composed form,
 * since keyboards of different systems type it composed or decomposed (RFC 8265, section 4.2: NFC).
 *
 * @throws FlowservError 429 while too many passwords are being hashed
 */
export async function hashPassword(password: string, cost: Cost = COST): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  return hashText(salt, await derive(password.normalize('NFC'), salt, cost), cost);
}

/** Returns a hash that matches no password, to compare with if no user exists, so that the response takes as long. */
export const decoyHash = (): string => hashText(randomBytes(SALT_BYTES), randomBytes(KEY_BYTES), COST);

function hashText(salt: Buffer, key: Buffer, cost: Cost): string {
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

/**
 * Returns which form of a password matches the hash: composed, or as typed, which earlier versions hashed; undefined if
 * neither does. Compares in constant time.
 *
 * The work depends on the password alone: one hash, or two for a password that is not composed. The response time shows
 * neither the outcome nor whether the user exists.
 *
 * @throws FlowservError 429 while too many passwords are being hashed
 */
export async function fittingForm(password: string, hash: string): Promise<'composed' | 'typed' | undefined> {
  const composed = password.normalize('NFC');
  const composedFits = await isHashOf(composed, hash);
  const typedFits = composed !== password && (await isHashOf(password, hash));
  if (composedFits) return 'composed';
  return typedFits ? 'typed' : undefined;
}

/** @throws FlowservError 429 while too many passwords are being hashed */
export const passwordFits = async (password: string, hash: string): Promise<boolean> =>
  (await fittingForm(password, hash)) !== undefined;

async function isHashOf(password: string, hash: string): Promise<boolean> {
  const parts = hash.split('$');
  if (parts.length !== 6 || parts[0] !== 'scrypt') return false;
  const cost = { N: Number(parts[1]), r: Number(parts[2]), p: Number(parts[3]) };
  const stored = Buffer.from(parts[5] ?? '', 'base64url');
  const key = await derive(password, Buffer.from(parts[4] ?? '', 'base64url'), cost);
  return key.length === stored.length && timingSafeEqual(key, stored);
}

/** Whether a stored hash was created with a different cost than the current one. */
export const isOutdated = (hash: string): boolean =>
  !hash.startsWith(`scrypt$${COST.N}$${COST.r}$${COST.p}$`);

function derive(password: string, salt: Buffer, { N, r, p }: Cost): Promise<Buffer> {
  // scrypt needs 128 * N * r bytes; Node rejects more than maxmem, 32 MiB by default.
  const options = { N, r, p, maxmem: 256 * N * r };
  return inTurn(
    () =>
      new Promise((resolve, reject) => {
        scrypt(password, salt, KEY_BYTES, options, (error, key) => (error ? reject(error) : resolve(key)));
      }),
  );
}
