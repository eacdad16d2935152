import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { ObjectStore } from '../volumes/object-store.ts';
import { itemCodec } from './codec.ts';
import type { Item } from './item.ts';
import type { Key } from './keys.ts';
import type { Table } from './table.ts';

/**
 * Text that may be too large for an item: templates, plans, arguments, file lists. Up to 100 kB it is part of its own
 * item; above, it is an object to which the item points (DynamoDB items hold 400 KB, names included).
 */
const INLINE_BYTES = 100_000;
/** 16 MiB: templates are bounded to 10 MB and plans grow with them. */
const MAX_BYTES = 16 * 1024 * 1024;

const document = itemCodec(
  1,
  z.object({ text: z.string().optional(), object: z.string().optional(), bytes: z.number() }),
);

/** Whether a text is stored as an object of its own. */
export const isLarge = (text: string): boolean => Buffer.byteLength(text) > INLINE_BYTES;

/**
 * Prepares a document: writes the object if one is needed and returns the item for the caller's transaction. If the
 * transaction fails, the object is garbage below its owner's prefix and is removed with the owner.
 */
export async function prepareLargeText(
  objects: ObjectStore,
  key: Key,
  text: string,
  objectKey: (sha256: string) => string,
): Promise<Item> {
  const body = Buffer.from(text, 'utf8');
  if (body.length <= INLINE_BYTES) return document.write(key, { text, bytes: body.length });
  const object = objectKey(createHash('sha256').update(body).digest('hex'));
  await objects.write('data', object, body, 'application/json');
  return document.write(key, { object, bytes: body.length });
}

/**
 * The text of a document, or undefined when it does not exist. While its owner is being deleted, the object is
 * removed before the item.
 */
export async function readLargeText(
  { table, objects }: { readonly table: Table; readonly objects: ObjectStore },
  key: Key,
): Promise<string | undefined> {
  return largeText(objects, await table.get(key));
}

/** The text of a document whose item was already read. */
export async function largeText(objects: ObjectStore, item: Item | undefined): Promise<string | undefined> {
  const stored = document.readMaybe(item);
  if (!stored) return undefined;
  if (stored.text !== undefined) return stored.text;
  const body = stored.object ? await objects.read('data', stored.object, MAX_BYTES) : undefined;
  return body?.toString('utf8');
}
