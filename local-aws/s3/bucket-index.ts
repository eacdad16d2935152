import * as z from 'zod';
import type { Database } from './database.ts';

/** A bucket. Its configurations are JSON, defined in `cors.ts` and `lifecycle.ts`. */
interface StoredBucket {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly cors: string | null;
  readonly lifecycle: string | null;
}

const bucketRow: z.ZodType<StoredBucket> = z.object({
  name: z.string(),
  created: z.number(),
  cors: z.string().nullable(),
  lifecycle: z.string().nullable(),
});

export function findBucket(database: Database, name: string): StoredBucket | undefined {
  const row = database.prepare('SELECT name, created, cors, lifecycle FROM buckets WHERE name = ?').get(name);
  return row === undefined ? undefined : bucketRow.parse(row);
}

export function listStoredBuckets(database: Database): StoredBucket[] {
  return database
    .prepare('SELECT name, created, cors, lifecycle FROM buckets ORDER BY name')
    .all()
    .map((row) => bucketRow.parse(row));
}

export function insertBucket(database: Database, name: string, created: number): void {
  database.prepare('INSERT INTO buckets VALUES (?, ?, NULL, NULL)').run(name, created);
}

export function removeBucket(database: Database, name: string): void {
  database.prepare('DELETE FROM buckets WHERE name = ?').run(name);
}

/** Sets or, with null, removes a configuration of a bucket. */
export function setConfiguration(
  database: Database,
  name: string,
  kind: 'cors' | 'lifecycle',
  json: string | null,
): void {
  database.prepare(`UPDATE buckets SET ${kind} = ? WHERE name = ?`).run(json, name);
}
