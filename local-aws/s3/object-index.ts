import * as z from 'zod';
import type { Segment } from './blobs.ts';
import { type StoredChecksum, storedChecksum } from './checksums.ts';
import type { Database, References } from './database.ts';
import { encodeKey, encodeSegments, jsonColumn, keyColumn, segmentsColumn } from './stored-segments.ts';

/** An object in the index. */
export interface StoredObject {
  readonly size: number;
  /** Without quotes: the MD5 in hexadecimal, or the MD5 of the parts' MD5s followed by `-` and their number. */
  readonly etag: string;
  /** Milliseconds since the epoch. */
  readonly modified: number;
  /** The headers that are returned with the object: system headers such as content-type, and `x-amz-meta-*`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly checksum?: StoredChecksum | undefined;
  readonly segments: readonly Segment[];
}

/** An object as an entry of a list. */
export interface ObjectSummary {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly modified: number;
}

export const headersColumn = jsonColumn(z.record(z.string(), z.string()));
export const checksumColumn = z.union([z.null().transform(() => undefined), jsonColumn(storedChecksum)]);

const objectRow = z.object({
  size: z.number(),
  etag: z.string(),
  modified: z.number(),
  headers: headersColumn,
  checksum: checksumColumn,
  segments: segmentsColumn,
});

const summaryRow = z.object({ key: keyColumn, size: z.number(), etag: z.string(), modified: z.number() });

/** Returns the object of a key. */
export function findObject(database: Database, bucket: string, key: string): StoredObject | undefined {
  const sql =
    'SELECT size, etag, modified, headers, checksum, segments FROM objects WHERE bucket = ? AND key = ?';
  const row = database.prepare(sql).get(bucket, encodeKey(key));
  return row === undefined ? undefined : objectRow.parse(row);
}

/** Returns ETag and time of the object of a key, for conditions, without reading its segments. */
export function findSummary(database: Database, bucket: string, key: string): ObjectSummary | undefined {
  const sql = 'SELECT key, size, etag, modified FROM objects WHERE bucket = ? AND key = ?';
  const row = database.prepare(sql).get(bucket, encodeKey(key));
  return row === undefined ? undefined : summaryRow.parse(row);
}

/** Stores an object, and replaces an earlier one of its key. The caller must add the references to its segments. */
export function replaceObject(
  database: Database,
  references: References,
  { bucket, key }: { readonly bucket: string; readonly key: string },
  object: StoredObject,
): void {
  removeObject(database, references, bucket, key);
  database
    .prepare('INSERT INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
    .run(
      bucket,
      encodeKey(key),
      object.size,
      object.etag,
      object.modified,
      JSON.stringify(object.headers),
      object.checksum ? JSON.stringify(object.checksum) : null,
      encodeSegments(object.segments),
    );
}

/** Removes the object of a key, if it exists. */
export function removeObject(database: Database, references: References, bucket: string, key: string): void {
  const sql = 'DELETE FROM objects WHERE bucket = ? AND key = ? RETURNING segments';
  const row = database.prepare(sql).get(bucket, encodeKey(key));
  if (row !== undefined) references.remove(z.object({ segments: segmentsColumn }).parse(row).segments);
}

/** A range of the keys of a bucket, in the order of their UTF-8 bytes. */
export interface KeyRange {
  readonly from: Buffer;
  /** Whether the range includes the key `from`. */
  readonly inclusive: boolean;
  /** The first key after the range; undefined for the end of the bucket. */
  readonly before?: Buffer | undefined;
}

/** Returns the first objects of a range. */
export function scanObjects(
  database: Database,
  bucket: string,
  range: KeyRange,
  limit: number,
): ObjectSummary[] {
  const lower = range.inclusive ? '>=' : '>';
  const upper = range.before ? 'AND key < ?' : '';
  const sql = `SELECT key, size, etag, modified FROM objects WHERE bucket = ? AND key ${lower} ? ${upper} ORDER BY key LIMIT ?`;
  const bounds = range.before ? [range.from, range.before] : [range.from];
  return database
    .prepare(sql)
    .all(bucket, ...bounds, limit)
    .map((row) => summaryRow.parse(row));
}

/**
 * Returns the smallest key that sorts after all keys with a prefix. A byte of UTF-8 is never 0xff, so the last byte can
 * be incremented. Undefined for the empty prefix, which has no end.
 */
export function afterPrefix(prefix: string): Buffer | undefined {
  const bytes = encodeKey(prefix);
  const last = bytes.at(-1);
  if (last === undefined) return undefined;
  bytes[bytes.length - 1] = last + 1;
  return bytes;
}
