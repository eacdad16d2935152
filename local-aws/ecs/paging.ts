import * as z from 'zod';
import { readPageToken, writePageToken } from '../page-token.ts';
import { invalidParameter } from './errors.ts';

/** Fields of a list request; a page has at most 100 entries (ECS API reference, ListTasks). */
export const pageInput = {
  maxResults: z.int().min(1).max(100).default(100),
  nextToken: z.string().max(2048).optional(),
};

/** Encodes the position of a page's last entry as its `nextToken`. */
export function writePosition(position: unknown): { readonly nextToken?: string } {
  return position === undefined ? {} : { nextToken: writePageToken(position) };
}

/** @throws InvalidParameterException for a token that this service did not issue. */
export function readPosition<Position>(
  token: string | undefined,
  schema: z.ZodType<Position>,
): Position | undefined {
  if (token === undefined) return undefined;
  return readPageToken(schema, token, () => invalidParameter('Invalid token'));
}
