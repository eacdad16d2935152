import type { Item, Store, Table } from 'dynalite/db/index.js';
import { database } from './internals.ts';
import { currentBatch } from './storage.ts';

/** Digits of a padded number of seconds in a key, so that keys sort by time: enough for any value that expires. */
const SECONDS_DIGITS = 12;

/** For each store and table name, the attribute with the time of expiry, in seconds since the epoch. */
const settings = new WeakMap<Store, Map<string, string>>();

/** Sets which tables of a store expire items, before its first request. */
export function setExpiryAttributes(store: Store, attributes: Map<string, string>): void {
  settings.set(store, attributes);
}

/** Table name to expiry attribute, for the tables of a store that have one. */
export function expiryAttributes(store: Store): Map<string, string> {
  const attributes = settings.get(store);
  if (!attributes) throw new Error('the settings of time to live are not loaded');
  return attributes;
}

/** Prefix of the entries of a table. An entry is only a key: prefix, padded seconds, key of the item. */
export const expiryPrefix = (table: string) => `expiry~${table}~`;

/** A key that sorts before every entry of a table that expires at `seconds` or later, and after all others. */
export const expiryBound = (table: string, seconds: number) =>
  expiryPrefix(table) + String(seconds).padStart(SECONDS_DIGITS, '0');

/** The key of the item that an entry refers to. */
export const itemKeyOf = (table: string, entry: string) =>
  entry.slice(expiryPrefix(table).length + SECONDS_DIGITS + 1);

/** Updates the expiry index for a changed item. The index has one key per item that will expire, in order of time. */
export function recordExpiry(
  store: Store,
  table: Table,
  existing: Item | undefined,
  item: Item | undefined,
): void {
  const attribute = expiryAttributes(store).get(table.TableName);
  if (attribute === undefined) return;
  const before = existing && expiryEntry(existing, table, attribute);
  const after = item && expiryEntry(item, table, attribute);
  if (before === after) return;
  if (before) currentBatch().del(before);
  if (after) currentBatch().put(after, true);
}

/** Only numbers expire. Other values, and times beyond any calendar, never expire. */
function expiryEntry(item: Item, table: Table, attribute: string): string | undefined {
  const seconds = Math.floor(Number(item[attribute]?.N));
  if (!(seconds >= 0 && seconds < 10 ** SECONDS_DIGITS)) return undefined;
  return `${expiryBound(table.TableName, seconds)}~${database.createKey(item, table)}`;
}
