import type { Item, Table } from 'dynalite/db/index.js';
import * as z from 'zod';
import { findTable } from './dynalite-call.ts';
import { parseInput, validationException } from './errors.ts';
import {
  expiryAttributes,
  expiryBound,
  expiryPrefix,
  itemKeyOf,
  recordExpiry,
  setExpiryAttributes,
} from './expiry-index.ts';
import { changeIndexes } from './item-changes.ts';
import { callBack, type Storage, type WriteBatch } from './storage.ts';

/** Items with older values never expire (DynamoDB Developer Guide, "Using time to live"). */
const MAX_AGE_SECONDS = 5 * 365 * 24 * 60 * 60;
/** Items that are deleted per turn of the write lock, so that a large sweep does not delay requests. */
const SWEEP_CHUNK = 100;
const settingPrefix = 'ttl~';

/** Loads the expiry attributes of the tables. Runs once, before the first request. */
export async function loadTimeToLive({ store, level }: Storage): Promise<void> {
  const attributes = new Map<string, string>();
  for await (const key of level.keys({ gte: settingPrefix, lt: `${settingPrefix}\xff` })) {
    attributes.set(key.slice(settingPrefix.length), z.string().parse(await level.get(key)));
  }
  setExpiryAttributes(store, attributes);
}

const tableInput = z.object({ TableName: z.string().min(1).max(1024) });
const updateInput = tableInput.extend({
  TimeToLiveSpecification: z.object({ AttributeName: z.string().min(1).max(255), Enabled: z.boolean() }),
});

/** DescribeTimeToLive. */
export async function describeTimeToLive(storage: Storage, input: unknown) {
  const { TableName } = parseInput(tableInput, input);
  return storage.read(async () => {
    await findTable(storage, TableName);
    const AttributeName = expiryAttributes(storage.store).get(TableName);
    return {
      TimeToLiveDescription: AttributeName
        ? { TimeToLiveStatus: 'ENABLED', AttributeName }
        : { TimeToLiveStatus: 'DISABLED' },
    };
  });
}

/**
 * UpdateTimeToLive. It takes effect immediately; AWS takes up to an hour. Existing items are added to the expiry index.
 */
export async function updateTimeToLive(storage: Storage, input: unknown) {
  const { TableName, TimeToLiveSpecification } = parseInput(updateInput, input);
  const { AttributeName, Enabled } = TimeToLiveSpecification;
  return storage.write(async (batch) => {
    const table = await findTable(storage, TableName);
    const attributes = expiryAttributes(storage.store);
    const present = attributes.get(TableName);
    if (Enabled && present === AttributeName) throw validationException('TimeToLive is already enabled');
    if (!Enabled && present === undefined) throw validationException('TimeToLive is already disabled');
    if (present !== undefined && present !== AttributeName) {
      throw validationException(
        `TimeToLive is active on a different AttributeName: current AttributeName is ${present}`,
      );
    }
    if (Enabled) {
      batch.put(settingPrefix + TableName, AttributeName);
      attributes.set(TableName, AttributeName);
      await enterItems(storage, table);
    } else {
      await forgetTimeToLive(storage, TableName, batch);
    }
    return { TimeToLiveSpecification };
  });
}

async function enterItems({ store }: Storage, table: Table): Promise<void> {
  const items: AsyncIterable<Item> = store.getItemDb(table.TableName).createValueStream();
  for await (const item of items) recordExpiry(store, table, undefined, item);
}

/** Deletes the setting and the expiry index of a table, when time to live is disabled or the table is deleted. */
export async function forgetTimeToLive(
  { store, level }: Storage,
  table: string,
  batch: WriteBatch,
): Promise<void> {
  const prefix = expiryPrefix(table);
  for await (const key of level.keys({ gte: prefix, lt: `${prefix}\xff` })) batch.del(key);
  batch.del(settingPrefix + table);
  expiryAttributes(store).delete(table);
}

/**
 * Deletes expired items, also from their indexes. Reads only the part of the expiry index that is due, so an idle
 * sweep costs one seek per table.
 *
 * @param now milliseconds since the epoch
 * @returns the number of deleted items
 */
export async function sweepExpired(storage: Storage, now: number): Promise<number> {
  let deleted = 0;
  for (const table of [...expiryAttributes(storage.store).keys()]) {
    let due = await dueEntries(storage, table, now);
    while (due.length > 0) {
      const entries = due;
      deleted += await storage.write((batch) => deleteEntries(storage, table, entries, batch));
      due = await dueEntries(storage, table, now);
    }
  }
  return deleted;
}

async function dueEntries(storage: Storage, table: string, now: number): Promise<string[]> {
  const seconds = Math.floor(now / 1000);
  const range = {
    gte: expiryBound(table, Math.max(0, seconds - MAX_AGE_SECONDS)),
    lt: expiryBound(table, seconds),
    limit: SWEEP_CHUNK,
  };
  return storage.read(() => Array.fromAsync(storage.level.keys(range)));
}

/** Reads each item again under the lock: since the read of the index, it may have a later time or be deleted. */
async function deleteEntries(
  storage: Storage,
  tableName: string,
  entries: readonly string[],
  batch: WriteBatch,
): Promise<number> {
  if (!expiryAttributes(storage.store).has(tableName)) return 0;
  const { store } = storage;
  const table = await findTable(storage, tableName);
  const items = store.getItemDb(tableName);
  let deleted = 0;
  for (const entry of entries) {
    const itemKey = itemKeyOf(tableName, entry);
    if ((await storage.level.get(entry)) === undefined) continue;
    const item = await callBack<unknown>((done) => items.get(itemKey, done));
    batch.del(entry);
    if (!isItem(item)) continue;
    changeIndexes(store, table, item, undefined);
    await callBack<void>((done) => items.del(itemKey, done));
    deleted += 1;
  }
  return deleted;
}

function isItem(value: unknown): value is Item {
  return typeof value === 'object' && value !== null;
}
