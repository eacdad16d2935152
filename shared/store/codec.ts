import type * as z from 'zod';
import type { Item } from './item.ts';
import type { Key } from './keys.ts';

/** Reads and writes one kind of item. */
export interface Codec<T> {
  /** The item's content. @throws Error when the stored item is of another kind: a fault of the product. */
  read(item: Item): T;
  /** As `read`, with an absent item as undefined. */
  readMaybe(item: Item | undefined): T | undefined;
  write(key: Key, value: T): Item;
}

/**
 * Creates a codec from a schema of the item's own attributes. Each item has a version `v`, which distinguishes a
 * later layout from an earlier one.
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

/** Reads and writes one kind of document: the JSON text of a large-text item or of an object. */
export interface DocumentCodec<T> {
  /** @throws Error when the text is not a document of this kind: a fault of the product */
  read(text: string): T;
  write(value: T): string;
}

/** A document with its version, as it is stored. */
interface Envelope<T> {
  readonly v: number;
  readonly content: T;
}

/** How a document is converted to text and back: as plain JSON unless it contains Python's numbers. */
export interface JsonFormat<T> {
  readonly parse: (text: string) => unknown;
  readonly stringify: (document: Envelope<T>) => string;
}

const plainJson: JsonFormat<unknown> = { parse: (text) => JSON.parse(text), stringify: JSON.stringify };

/**
 * Creates a codec from a schema of the document's content. The text is `{"v": version, "content": …}`, which
 * distinguishes a later layout from an earlier one. Documents that were stored before versions existed are the bare
 * content of version 1; none of them has a member `v`.
 *
 * @param name of the kind of document, for messages.
 */
export function documentCodec<T>(
  name: string,
  version: number,
  schema: z.ZodType<T>,
  format: JsonFormat<T> = plainJson,
): DocumentCodec<T> {
  return {
    read: (text) => {
      const document = format.parse(text);
      const { v, content } = isEnvelope(document) ? document : { v: 1, content: document };
      if (v !== version) throw new Error(`${name} has version ${v}`);
      return schema.parse(content);
    },
    write: (content) => format.stringify({ v: version, content }),
  };
}

const isEnvelope = (document: unknown): document is Envelope<unknown> =>
  typeof document === 'object' && document !== null && Object.hasOwn(document, 'v');
