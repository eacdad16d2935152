import { invalid } from '../errors.ts';
import type { Condition } from './expressions.ts';
import type { Item } from './item.ts';
import type { Table } from './table.ts';

/** Maximum entries of one page, and the default without a limit. */
export const MAX_PAGE = 1000;
/** A sort key has at most 1,024 bytes (DynamoDB quotas). */
const MAX_SORT_KEY_BYTES = 1024;

/** The requested part of a list: the first one without a cursor. */
export interface PageRequest {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** Part of a list, and the cursor of the next part if one exists. */
export interface Page<T> {
  readonly entries: readonly T[];
  readonly nextCursor: string | undefined;
}

/**
 * One page of the items whose sort keys begin with a text. Without a filter, its cost depends only on its size.
 *
 * @throws FlowservError 400 for an invalid cursor
 */
export async function readPage<T>(
  table: Table,
  where: { readonly pk: string; readonly prefix: string },
  read: (item: Item) => T,
  { limit = MAX_PAGE, cursor }: PageRequest = {},
  options: { readonly descending?: boolean; readonly filter?: Condition } = {},
): Promise<Page<T>> {
  const after = cursor === undefined ? {} : { after: sortKeyAt(where.prefix, cursor) };
  // One more than requested shows whether another page follows.
  const items = await table.list(where, { ...options, ...after, limit: limit + 1 });
  const entries = items.slice(0, limit);
  const last = entries.at(-1);
  const nextCursor = items.length > limit && last ? encode(last.sk.slice(where.prefix.length)) : undefined;
  return { entries: entries.map(read), nextCursor };
}

function sortKeyAt(prefix: string, cursor: string): string {
  const rest = decode(cursor);
  const key = prefix + rest;
  if (rest === '' || Buffer.byteLength(key) > MAX_SORT_KEY_BYTES) throw invalidCursor();
  return key;
}

/**
 * One page of a list that is in memory.
 *
 * @throws FlowservError 400 for an invalid cursor
 */
export function slicePage<T>(list: readonly T[], { limit = MAX_PAGE, cursor }: PageRequest = {}): Page<T> {
  const start = cursor === undefined ? 0 : positionAt(cursor);
  const end = start + limit;
  const nextCursor = end < list.length ? encode(String(end)) : undefined;
  return { entries: list.slice(start, end), nextCursor };
}

function positionAt(cursor: string): number {
  const text = decode(cursor);
  if (!/^\d{1,9}$/.test(text)) throw invalidCursor();
  return Number(text);
}

const encode = (text: string): string => Buffer.from(text, 'utf8').toString('base64url');

function decode(cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  if (encode(text) !== cursor) throw invalidCursor();
  return text;
}

const invalidCursor = () => invalid('request.cursor', 'invalid cursor');
