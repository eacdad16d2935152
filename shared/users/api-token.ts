import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import * as z from 'zod';
import { logError } from '../log.ts';
import type { Services } from '../services/services.ts';
import { itemCodec } from '../store/codec.ts';
import { instanceMemory } from '../store/instance-memory.ts';
import { keys } from '../store/keys.ts';
import { TOKEN_PREFIX, tokenAccess } from './token-access.ts';

const scopeSchema = z.object({
  tokenId: z.string(),
  tokenName: z.string(),
  access: z.enum(tokenAccess),
  /** The only workflow that the token reaches; all if absent. */
  workflowId: z.string().optional(),
});
/** The part of its user's rights that an API token has. */
export type TokenScope = z.infer<typeof scopeSchema>;

/**
 * An API token, by its hash. Its version is not that of a session: an earlier release, which does not know scopes,
 * rejects it.
 */
export const apiTokenCodec = itemCodec(
  2,
  z.object({
    userId: z.string(),
    tokenEpoch: z.number(),
    /** Epoch milliseconds. */
    expiresAt: z.number(),
    ttl: z.number(),
    scope: scopeSchema,
  }),
);

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 256 bits, and 32 bits, in base 62. */
const [SECRET_LENGTH, CHECKSUM_LENGTH] = [43, 6];
const FORM = new RegExp(`^${TOKEN_PREFIX}[0-9A-Za-z]{${SECRET_LENGTH + CHECKSUM_LENGTH}}$`);

/** A new token: the prefix, 256 random bits, and a checksum. */
export function newApiToken(): string {
  const secret = base62(BigInt(`0x${randomBytes(32).toString('hex')}`), SECRET_LENGTH);
  return `${TOKEN_PREFIX}${secret}${checksumOf(secret)}`;
}

/** Whether a text has the form of an API token, its checksum included; no session token has it. */
export function isApiToken(text: string): boolean {
  if (!FORM.test(text)) return false;
  const end = TOKEN_PREFIX.length + SECRET_LENGTH;
  return checksumOf(text.slice(TOKEN_PREFIX.length, end)) === text.slice(end);
}

const checksumOf = (secret: string): string => base62(BigInt(crc32(secret)), CHECKSUM_LENGTH);

function base62(value: bigint, length: number): string {
  let text = '';
  for (let rest = value; text.length < length; rest /= 62n) text = `${DIGITS[Number(rest % 62n)]}${text}`;
  return text;
}

/** The last day on which a token was used. */
export const tokenUseCodec = itemCodec(1, z.object({ day: z.string(), ttl: z.number() }));

/** The days that this instance recorded, so that it writes once per token and day. */
const recorded = instanceMemory<string>(1000);

/** Records the day of a token's use. A failure is logged, and the request goes on. */
export async function recordTokenUse(
  { table, now }: Services,
  userId: string,
  { tokenId }: TokenScope,
  ttl: number,
): Promise<void> {
  const day = now().toISOString().slice(0, 10);
  if (recorded.get(tokenId) === day) return;
  try {
    await table.put(tokenUseCodec.write(keys.tokenUse(userId, tokenId), { day, ttl }));
    recorded.keep(tokenId, day);
  } catch (error) {
    logError('the use of an API token was not recorded', { tokenId }, error);
  }
}
