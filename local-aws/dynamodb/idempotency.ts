import { createHash } from 'node:crypto';
import * as z from 'zod';
import { AwsError } from '../aws/json-protocol.ts';
import type { Storage, WriteBatch } from './storage.ts';

/** 10 minutes (DynamoDB API reference, TransactWriteItems, ClientRequestToken). */
const TOKEN_LIFE_MS = 10 * 60 * 1000;

const record = z.object({ fingerprint: z.string(), until: z.number() });

const tokenKey = (token: string) => `token~${token}`;
/** 15 digits are enough for milliseconds of the next thirty thousand years, so that keys sort by time. */
const purgeBound = (until: number) => `token-until~${String(until).padStart(15, '0')}~`;

/** Hash of a request, independent of the order of its members. */
export function fingerprint(request: unknown): string {
  const sorted = JSON.stringify(request, (_name, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return createHash('sha256').update(sorted).digest('hex');
}

/**
 * Whether a transaction with this token succeeded within the last 10 minutes. Tokens are stored on disk, so that a
 * retry after a crash is not applied twice.
 *
 * @throws AwsError IdempotentParameterMismatchException when the token was used for a different request
 */
export async function alreadyApplied(
  { level }: Storage,
  token: string,
  print: string,
  now: number,
): Promise<boolean> {
  const parsed = record.safeParse(await level.get(tokenKey(token)));
  if (!parsed.success || parsed.data.until <= now) return false;
  if (parsed.data.fingerprint === print) return true;
  throw new AwsError(
    'IdempotentParameterMismatchException',
    'the client request token was used for a request with other parameters',
  );
}

/** Stores a token in the same batch as the writes of its transaction. */
export function rememberToken(batch: WriteBatch, token: string, print: string, now: number): void {
  const until = now + TOKEN_LIFE_MS;
  batch.put(tokenKey(token), { fingerprint: print, until });
  batch.put(purgeBound(until) + token, true);
}

/** Deletes expired tokens. */
export async function purgeTokens(storage: Storage, now: number): Promise<void> {
  const range = { gte: purgeBound(0), lt: purgeBound(now) };
  const expired = await storage.read(() => Array.fromAsync(storage.level.keys(range)));
  if (expired.length === 0) return;
  await storage.write(async (batch) => {
    for (const key of expired) {
      const token = key.slice(range.gte.length);
      batch.del(key);
      // The token may have been used again since. Then it has a later entry.
      const parsed = record.safeParse(await storage.level.get(tokenKey(token)));
      if (parsed.success && parsed.data.until < now) batch.del(tokenKey(token));
    }
  });
}
