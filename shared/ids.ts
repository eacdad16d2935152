import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';

/** A new identifier: a random UUID as 32 lower-case hexadecimal digits (flowServ HTTP API, conventions). */
export const newId = (): string => randomUUID().replaceAll('-', '');

/** A new secret of 256 random bits, URL-safe. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

/** Compares two secrets in a time that depends on neither. */
export function isSameSecret(left: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}

/** Whether a text is an identifier, chosen by an operator or a client or created by `newId`. */
export const isIdentifier = (text: string): boolean => /^[A-Za-z0-9_]{1,32}$/.test(text);

/**
 * A time as flowServ writes it: UTC with microseconds and an explicit offset, of fixed width, so that text
 * order is time order (flowServ HTTP API, conventions). JavaScript has milliseconds only.
 */
export const timestamp = (time: Date): string => time.toISOString().replace('Z', '000+00:00');

/** Epoch seconds, DynamoDB's unit for time to live. */
export const epochSeconds = (time: Date): number => Math.floor(time.getTime() / 1000);
