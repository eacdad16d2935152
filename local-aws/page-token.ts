import type * as z from 'zod';

/** Encodes the position after which the next page of a list begins. */
export const writePageToken = (position: unknown): string =>
  Buffer.from(JSON.stringify(position)).toString('base64url');

/**
 * Decodes a position.
 *
 * @param toError creates the service's error for a token that the service did not issue
 */
export function readPageToken<Position>(
  schema: z.ZodType<Position>,
  token: string,
  toError: () => Error,
): Position {
  try {
    return schema.parse(JSON.parse(Buffer.from(token, 'base64url').toString('utf8')));
  } catch {
    throw toError();
  }
}
