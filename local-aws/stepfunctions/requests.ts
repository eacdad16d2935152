import * as z from 'zod';
import { AwsError } from '../aws/json-protocol.ts';
import { readPageToken, writePageToken } from '../page-token.ts';

/**
 * Reads a request. Members that this service does not know are refused: they would be ignored otherwise.
 *
 * @throws AwsError ValidationException.
 */
export function read<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new AwsError('ValidationException', `${problems.length} validation errors: ${problems.join('; ')}`);
}

/** Default and largest page (API reference, ListExecutions, maxResults); 0 stands for the default. */
const DEFAULT_PAGE = 100;
const MAX_PAGE = 1000;

/** Members of a request for a page. */
export const paging = {
  maxResults: z.int().min(0).max(MAX_PAGE).optional(),
  nextToken: z.string().max(4096).optional(),
};

export const pageSize = (maxResults: number | undefined) => maxResults || DEFAULT_PAGE;

/**
 * Unpacks a position.
 *
 * @returns `first` without a token.
 * @throws AwsError InvalidToken.
 */
export function positionOf<T>(schema: z.ZodType<T>, token: string | undefined, first: T): T {
  if (token === undefined) return first;
  return readPageToken(schema, token, () => new AwsError('InvalidToken', 'Invalid Token'));
}

/** Cuts a list that was asked for one entry too long; the extra one only says that there is more. */
export function page<T>(entries: readonly T[], size: number, positionAfter: (last: T) => unknown) {
  const shown = entries.slice(0, size);
  const last = entries.length > size ? shown.at(-1) : undefined;
  return { shown, more: last === undefined ? {} : { nextToken: writePageToken(positionAfter(last)) } };
}

/** Times go over the wire as seconds since the epoch (AWS JSON protocol, timestamps). */
export const wireTime = (milliseconds: number) => milliseconds / 1000;
