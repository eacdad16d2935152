import type { Item, Store } from 'dynalite/db/index.js';
import * as z from 'zod';
import { findTable } from './dynalite-call.ts';
import { callBack, currentBatch, type Storage } from './storage.ts';

/** Digits of padded milliseconds since the epoch, and of the counter that orders changes of one millisecond. */
const TIME_DIGITS = 15;
const NUMBER_DIGITS = 9;
const prefix = 'late~';

/** A change of a global secondary index that is not visible yet. Without an item, the entry is deleted. */
interface IndexChange {
  readonly table: string;
  readonly index: string;
  readonly entry: string;
  readonly item?: Item;
}

const storedChange = z.object({
  table: z.string(),
  index: z.string(),
  entry: z.string(),
  item: z.custom<Item>((item) => typeof item === 'object' && item !== null).optional(),
});

interface Lag {
  readonly now: () => number;
  readonly delayMs: () => number;
  last: number;
  count: number;
}

const lags = new WeakMap<Store, Lag>();

/**
 * Delays changes of global secondary indexes, as on AWS, where they are applied after the response to the write
 * (DynamoDB Developer Guide, "Data synchronization between tables and Global Secondary Indexes").
 *
 * @param delayMs returns the time until the next change is visible, in milliseconds
 */
export function setIndexLag({ store }: Storage, now: () => number, delayMs: () => number): void {
  lags.set(store, { now, delayMs, last: 0, count: 0 });
}

/**
 * Stores a change for later if indexes lag, in the batch of the write that it belongs to. Changes become visible in
 * their order, so that an index never ends with an older state of an item.
 *
 * @returns false if indexes do not lag
 */
export function deferIndexChange(store: Store, change: IndexChange): boolean {
  const lag = lags.get(store);
  if (!lag) return false;
  lag.last = Math.max(lag.last, Math.floor(lag.now() + lag.delayMs()));
  lag.count += 1;
  currentBatch().put(`${timeKey(lag.last)}~${String(lag.count).padStart(NUMBER_DIGITS, '0')}`, change);
  return true;
}

const timeKey = (time: number) => prefix + String(time).padStart(TIME_DIGITS, '0');

/** Applies the changes that are due. Called before each read of an index, and at the start without a time limit. */
export async function applyIndexChanges(storage: Storage, until = Number.POSITIVE_INFINITY): Promise<void> {
  const end = Number.isFinite(until) ? timeKey(Math.floor(until) + 1) : `${prefix}\xff`;
  const range = { gte: prefix, lt: end };
  const [first] = await storage.read(() => Array.fromAsync(storage.level.keys({ ...range, limit: 1 })));
  if (first === undefined) return;
  await storage.write(async (batch) => {
    for await (const key of storage.level.keys(range)) {
      await apply(storage, storedChange.parse(await storage.level.get(key)));
      batch.del(key);
    }
  });
}

async function apply(storage: Storage, { table, index, entry, item }: z.output<typeof storedChange>) {
  // The table and its indexes may have been deleted in the meantime.
  const exists = await findTable(storage, table).then(
    () => true,
    () => false,
  );
  if (!exists) return;
  const entries = storage.store.getIndexDb('global', table, index);
  await callBack<void>((done) => (item ? entries.put(entry, item, done) : entries.del(entry, done)));
}
