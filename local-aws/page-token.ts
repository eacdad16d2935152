import type * as z from 'zod';

/** Packs the position after which the next page of a list begins. */
export const writePageToken = (position: unknown): string =>
  Buffer.from(JSON.stringify(position)).toString('base64url');

/**
 * Unpacks a position.
 *
 * @param refuse makes the service's own error for a token that it has not given out
 */
export function readPageToken<Position>(
  schema: z.ZodType<Position>,
  token: string,
  refuse: () => Error,
): Position {
  try {
    return schema.parse(JSON.parse(Buffer.from(token, 'base64url').toString('utf8')));
  } catch {
    throw refuse();
  }
}
