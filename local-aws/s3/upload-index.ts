import * as z from 'zod';
import type { Segment } from './blobs.ts';
import {
  type ChecksumAlgorithm,
  type ChecksumType,
  checksumAlgorithm,
  checksumType,
  type StoredChecksum,
} from './checksums.ts';
import type { Database, References } from './database.ts';
import { checksumColumn, headersColumn, type KeyRange } from './object-index.ts';
import { encodeKey, encodeSegments, keyColumn, segmentsColumn } from './stored-segments.ts';

/** A multipart upload that was neither completed nor aborted. */
export interface StoredUpload {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  readonly created: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly algorithm: ChecksumAlgorithm | null;
  readonly type: ChecksumType | null;
}

export interface StoredPart {
  readonly number: number;
  readonly size: number;
  readonly etag: string;
  readonly modified: number;
  readonly checksum?: StoredChecksum | undefined;
  readonly segments: readonly Segment[];
}

const uploadRow = z.object({
  id: z.string(),
  bucket: z.string(),
  key: keyColumn,
  created: z.number(),
  headers: headersColumn,
  algorithm: checksumAlgorithm.nullable(),
  type: checksumType.nullable(),
});

const partRow = z.object({
  number: z.number(),
  size: z.number(),
  etag: z.string(),
  modified: z.number(),
  checksum: checksumColumn,
  segments: segmentsColumn,
});

const UPLOAD = 'SELECT id, bucket, key, created, headers, algorithm, type FROM uploads';
const PART = 'SELECT number, size, etag, modified, checksum, segments FROM parts';

export function insertUpload(database: Database, upload: StoredUpload): void {
  const { id, bucket, key, created, headers, algorithm, type } = upload;
  database
    .prepare('INSERT INTO uploads VALUES (?, ?, ?, ?, ?, ?, ?)')
    .run(id, bucket, encodeKey(key), created, JSON.stringify(headers), algorithm, type);
}

export function findUpload(database: Database, id: string): StoredUpload | undefined {
  const row = database.prepare(`${UPLOAD} WHERE id = ?`).get(id);
  return row === undefined ? undefined : uploadRow.parse(row);
}

/** Returns the first uploads of a range of keys, by key and id. For the key `range.from`, only ids after `afterId`. */
export function scanUploads(
  database: Database,
  bucket: string,
  range: KeyRange,
  { afterId, limit }: { readonly afterId: string; readonly limit: number },
): StoredUpload[] {
  const before = range.before ?? null;
  const sql = `${UPLOAD} WHERE bucket = ? AND (key > ? OR (key = ? AND ? AND id > ?))
    AND (? IS NULL OR key < ?) ORDER BY key, id LIMIT ?`;
  return database
    .prepare(sql)
    .all(bucket, range.from, range.from, range.inclusive ? 1 : 0, afterId, before, before, limit)
    .map((row) => uploadRow.parse(row));
}

/** Stores a part, and replaces an earlier one of the same number. */
export function replacePart(
  database: Database,
  references: References,
  upload: string,
  part: StoredPart,
): void {
  const sql = 'DELETE FROM parts WHERE upload = ? AND number = ? RETURNING segments';
  const row = database.prepare(sql).get(upload, part.number);
  references.add(part.segments);
  if (row !== undefined) references.remove(z.object({ segments: segmentsColumn }).parse(row).segments);
  database
    .prepare('INSERT INTO parts VALUES (?, ?, ?, ?, ?, ?, ?)')
    .run(
      upload,
      part.number,
      part.size,
      part.etag,
      part.modified,
      part.checksum ? JSON.stringify(part.checksum) : null,
      encodeSegments(part.segments),
    );
}

/** Returns the parts of an upload by number, starting after `after`. */
export function scanParts(database: Database, upload: string, after: number, limit: number): StoredPart[] {
  return database
    .prepare(`${PART} WHERE upload = ? AND number > ? ORDER BY number LIMIT ?`)
    .all(upload, after, limit)
    .map((row) => partRow.parse(row));
}

/** Removes an upload, its parts and their references. */
export function removeUpload(database: Database, references: References, id: string): void {
  const rows = database.prepare('DELETE FROM parts WHERE upload = ? RETURNING segments').all(id);
  for (const row of rows) references.remove(z.object({ segments: segmentsColumn }).parse(row).segments);
  database.prepare('DELETE FROM uploads WHERE id = ?').run(id);
}
