import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { transact } from '../sqlite.ts';
import type { BlobStore, Segment } from './blobs.ts';

/**
 * Keys are stored as bytes, because S3 lists in the order of UTF-8 and SQLite compares blobs byte by byte. `blobs`
 * counts the segments that refer to a file: copies share the file of their source.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS buckets (
    name TEXT PRIMARY KEY, created INTEGER NOT NULL, cors TEXT, lifecycle TEXT
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS objects (
    bucket TEXT NOT NULL, key BLOB NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL,
    modified INTEGER NOT NULL, headers TEXT NOT NULL, checksum TEXT, segments TEXT NOT NULL,
    UNIQUE (bucket, key)
  );
  CREATE TABLE IF NOT EXISTS uploads (
    id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key BLOB NOT NULL, created INTEGER NOT NULL,
    headers TEXT NOT NULL, algorithm TEXT, type TEXT
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS uploads_by_key ON uploads (bucket, key, id);
  CREATE TABLE IF NOT EXISTS parts (
    upload TEXT NOT NULL, number INTEGER NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL,
    modified INTEGER NOT NULL, checksum TEXT, segments TEXT NOT NULL,
    UNIQUE (upload, number)
  );
  CREATE TABLE IF NOT EXISTS blobs (id TEXT PRIMARY KEY, uses INTEGER NOT NULL) WITHOUT ROWID;
`;

/** The index of the store. All methods are synchronous: code without `await` runs without interruption. */
export interface Database {
  /** Returns a statement, which is compiled once. */
  prepare(sql: string): StatementSync;
  /**
   * Runs `work` in one transaction that is on the disk when this returns. Files without references are discarded
   * afterwards.
   */
  transaction<T>(work: (references: References) => T): T;
  isReferenced(blob: string): boolean;
  close(): void;
}

/** Counts the references to the files. */
export interface References {
  add(segments: readonly Segment[]): void;
  remove(segments: readonly Segment[]): void;
}

/**
 * Opens the index. One process at a time may use it.
 *
 * @throws Error when another process has it open
 */
export function openDatabase(path: string, blobs: BlobStore, durable: boolean): Database {
  const sqlite = new DatabaseSync(path);
  try {
    sqlite.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL');
    sqlite.exec(`PRAGMA synchronous = ${durable ? 'FULL' : 'NORMAL'}`);
    sqlite.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT`);
  } catch (error) {
    sqlite.close();
    throw new Error(`the S3 index ${path} cannot be opened: is another process using it?`, { cause: error });
  }
  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string) => {
    const statement = statements.get(sql) ?? sqlite.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  return {
    prepare,
    transaction(work) {
      const freed: string[] = [];
      const result = transact(sqlite, () => work(references(prepare, blobs, freed)));
      blobs.discard(freed);
      return result;
    },
    isReferenced: (blob) => prepare('SELECT 1 FROM blobs WHERE id = ?').get(blob) !== undefined,
    close: () => sqlite.close(),
  };
}

function references(prepare: Database['prepare'], blobs: BlobStore, freed: string[]): References {
  return {
    add(segments) {
      const sql = 'INSERT INTO blobs VALUES (?, 1) ON CONFLICT (id) DO UPDATE SET uses = uses + 1';
      for (const { blob } of segments) prepare(sql).run(blob);
      blobs.revive(segments);
    },
    remove(segments) {
      for (const { blob } of segments) {
        prepare('UPDATE blobs SET uses = uses - 1 WHERE id = ?').run(blob);
        const { changes } = prepare('DELETE FROM blobs WHERE id = ? AND uses <= 0').run(blob);
        if (changes > 0) freed.push(blob);
      }
    },
  };
}
