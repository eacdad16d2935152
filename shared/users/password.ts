import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/**
 * Cost of a password hash, stored with it so that it can grow later: 64 MiB, about 0.3 s on one core.
 * Source: OWASP password storage cheat sheet, scrypt with N = 2^16, r = 8, p = 2.
 */
const COST = { N: 2 ** 16, r: 8, p: 2 } as const;
const KEY_BYTES = 32;

interface Cost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** Text of the form `scrypt$N$r$p$salt$key`, salt and key in base64url. */
export async function hashPassword(password: string, cost: Cost = COST): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, cost);
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

/** Whether a password is the one that was hashed; compared in constant time. */
export async function passwordFits(password: string, hash: string): Promise<boolean> {
  const parts = hash.split('$');
  if (parts.length !== 6 || parts[0] !== 'scrypt') return false;
  const cost = { N: Number(parts[1]), r: Number(parts[2]), p: Number(parts[3]) };
  const stored = Buffer.from(parts[5] ?? '', 'base64url');
  const key = await derive(password, Buffer.from(parts[4] ?? '', 'base64url'), cost);
  return key.length === stored.length && timingSafeEqual(key, stored);
}

/** Whether a stored hash was made with another cost than today's. */
export const isOutdated = (hash: string): boolean =>
  !hash.startsWith(`scrypt$${COST.N}$${COST.r}$${COST.p}$`);

function derive(password: string, salt: Buffer, { N, r, p }: Cost): Promise<Buffer> {
  // scrypt needs 128 * N * r bytes; Node refuses more than maxmem, 32 MiB by default.
  const options = { N, r, p, maxmem: 256 * N * r };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, KEY_BYTES, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
