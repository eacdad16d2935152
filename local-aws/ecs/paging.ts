import * as z from 'zod';
import { invalidParameter } from './errors.ts';

/** Fields of a list request; a page has at most 100 entries (ECS API reference, ListTasks). */
export const pageInput = {
  maxResults: z.int().min(1).max(100).default(100),
  nextToken: z.string().max(2048).optional(),
};

/** Turns the position of a page's last entry into its `nextToken`. */
export function writePosition(position: unknown): { readonly nextToken?: string } {
  if (position === undefined) return {};
  return { nextToken: Buffer.from(JSON.stringify(position)).toString('base64url') };
}

/** @throws InvalidParameterException for a token that this service did not make. */
export function readPosition<Position>(
  token: string | undefined,
  schema: z.ZodType<Position>,
): Position | undefined {
  if (token === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(Buffer.from(token, 'base64url').toString('utf8')));
  } catch {
    throw invalidParameter('Invalid token');
  }
}
