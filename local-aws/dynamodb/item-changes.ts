import type { Item, KeyElement, SecondaryIndex, Store, Table } from 'dynalite/db/index.js';
import { recordExpiry } from './expiry-index.ts';
import { database } from './internals.ts';
import { itemFault, itemSize } from './item-rules.ts';
import { deferIndexChange } from './late-index.ts';
import { currentBatch } from './storage.ts';

/**
 * Key of an item's entry in a secondary index: the index key, then the whole key of the item. (dynalite uses 24 bits
 * of a hash instead of the item's key. Among some thousand items with equal index keys, one overwrites another.)
 */
function indexEntryKey(item: Item, table: Table, keySchema: readonly KeyElement[]): string {
  return database.createKey(item, table, keySchema) + database.createKey(item, table);
}

/**
 * Applies a change of an item to the indexes. All operations call this for each item that they change. It validates
 * the new item, then updates its entries in the secondary indexes and in the expiry index. An index contains only items
 * that have all of its key attributes.
 *
 * @throws ServiceError of dynalite when the new item is not valid
 */
export function changeIndexes(
  store: Store,
  table: Table,
  existing: Item | undefined,
  item: Item | undefined,
): void {
  const fault = item && itemFault(item, table);
  if (fault) throw database.validationError(fault);
  currentBatch().itemBytes += Math.max(existing ? itemSize(existing) : 0, item ? itemSize(item) : 0);
  for (const kind of ['local', 'global'] as const) {
    const indexes = kind === 'local' ? table.LocalSecondaryIndexes : table.GlobalSecondaryIndexes;
    for (const index of indexes ?? []) {
      const change = entryChanger(store, table, kind, index);
      const before = existing && entryKey(existing, table, index);
      const after = item && entryKey(item, table, index);
      if (before !== undefined && before !== after) change(before);
      if (item && after !== undefined) change(after, project(item, table, index));
    }
  }
  recordExpiry(store, table, existing, item);
}

/** Puts an entry, or removes it if no item is given: now, or later if global indexes lag. */
function entryChanger(
  store: Store,
  { TableName: table }: Table,
  kind: 'local' | 'global',
  { IndexName: index }: SecondaryIndex,
) {
  const entries = store.getIndexDb(kind, table, index);
  return (entry: string, item?: Item): void => {
    if (kind === 'global' && deferIndexChange(store, { table, index, entry, ...(item ? { item } : {}) }))
      return;
    if (item) entries.put(entry, item, throwError);
    else entries.del(entry, throwError);
  };
}

function entryKey(item: Item, table: Table, index: SecondaryIndex): string | undefined {
  const complete = index.KeySchema.every(({ AttributeName }) => item[AttributeName] !== undefined);
  return complete ? indexEntryKey(item, table, index.KeySchema) : undefined;
}

function project(item: Item, table: Table, index: SecondaryIndex): Item {
  if (index.Projection.ProjectionType === 'ALL') return item;
  const keys = [...index.KeySchema, ...table.KeySchema].map(({ AttributeName }) => AttributeName);
  const kept = new Set([...keys, ...(index.Projection.NonKeyAttributes ?? [])]);
  return Object.fromEntries(Object.entries(item).filter(([name]) => kept.has(name)));
}

function throwError(error: unknown): void {
  if (error) throw error;
}

/** Marks the wrapper, so that a second copy of this module does not wrap it again. */
const WRAPPED = Symbol.for('local-aws.dynamodb.checkConditional');

/**
 * Replaces functions of dynalite by those of this module. dynalite's actions look them up on the module object at
 * every call, so the change affects the whole process.
 */
export function installItemChanges(): void {
  database.itemSize = itemSize;
  database.createIndexKey = indexEntryKey;
  database.updateIndexes = (store, table, existing, item, callback) => {
    try {
      changeIndexes(store, table, existing ?? undefined, item ?? undefined);
    } catch (error) {
      callback(error);
      return;
    }
    callback(null);
  };
  if (Object.hasOwn(database.checkConditional, WRAPPED)) return;
  const original = database.checkConditional;
  const withOldItem: typeof original = (data, existing) => {
    const rejection = original(data, existing);
    const wanted = data.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
    if (rejection && wanted && existing) rejection.body.Item = existing;
    return rejection;
  };
  database.checkConditional = Object.assign(withOldItem, { [WRAPPED]: true });
}
