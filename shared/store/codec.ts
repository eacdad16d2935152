import type * as z from 'zod';
import type { Item } from './item.ts';
import type { Key } from './keys.ts';

/** Reads and writes one kind of item. */
export interface Codec<T> {
  /** The item's content. @throws Error when the stored item is not of this kind: a fault of ours. */
  read(item: Item): T;
  /** As `read`, with an absent item as undefined. */
  readMaybe(item: Item | undefined): T | undefined;
  write(key: Key, value: T): Item;
}

/**
 * A codec from a schema of the item's own attributes. Each item carries its version `v`, so that a later
 * layout can be told from an earlier one when it is read.
 */
export function itemCodec<T>(version: number, schema: z.ZodType<T>): Codec<T> {
  const read = (item: Item): T => {
    if (item.v !== version) throw new Error(`item ${item.pk}/${item.sk} has version ${item.v}`);
    return schema.parse(item);
  };
  return {
    read,
    readMaybe: (item) => (item === undefined ? undefined : read(item)),
    write: (key, value) => ({ ...(value as object), ...key, v: version }),
  };
}
