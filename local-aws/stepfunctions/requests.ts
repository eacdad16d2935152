import * as z from 'zod';
import { AwsError } from '../aws/json-protocol.ts';
import { readPageToken, writePageToken } from '../page-token.ts';

/**
 * Parses a request. Rejects unknown members instead of ignoring them.
 *
 * @throws AwsError ValidationException.
 */
export function read<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new AwsError('ValidationException', `${problems.length} validation errors: ${problems.join('; ')}`);
}

/** Default and maximum page size (API reference, ListExecutions, maxResults); 0 means the default. */
const DEFAULT_PAGE = 100;
const MAX_PAGE = 1000;

/** Members of a request that returns pages. */
export const paging = {
  maxResults: z.int().min(0).max(MAX_PAGE).optional(),
  nextToken: z.string().max(4096).optional(),
};

export const pageSize = (maxResults: number | undefined) => maxResults || DEFAULT_PAGE;

/**
 * Decodes a position.
 *
 * @returns `first` without a token.
 * @throws AwsError InvalidToken.
 */
export function positionOf<T>(schema: z.ZodType<T>, token: string | undefined, first: T): T {
  if (token === undefined) return first;
  return readPageToken(schema, token, () => new AwsError('InvalidToken', 'Invalid Token'));
}

/** Cuts off the last entry of a list that was read with one extra entry, and adds a token if the extra one exists. */
export function page<T>(entries: readonly T[], size: number, positionAfter: (last: T) => unknown) {
  const shown = entries.slice(0, size);
  const last = entries.length > size ? shown.at(-1) : undefined;
  return { shown, more: last === undefined ? {} : { nextToken: writePageToken(positionAfter(last)) } };
}

/** The AWS JSON protocol has timestamps in seconds since the epoch. */
export const wireTime = (milliseconds: number) => milliseconds / 1000;
