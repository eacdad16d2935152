import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { findShortage } from '../shortage.ts';
import { transact } from '../sqlite.ts';

const failed = (code: string, message = code, cause?: unknown) =>
  Object.assign(new Error(message, { cause }), { code });

it.each([
  [failed('ENOSPC'), 507],
  [failed('EDQUOT'), 507],
  [failed('EROFS'), 507],
  [failed('EMFILE'), 503],
  [failed('EAGAIN'), 503],
  [failed('LEVEL_IO_ERROR', 'IO error: 000003.log: No space left on device'), 507],
  [failed('LEVEL_DATABASE_NOT_OPEN', 'not open', failed('LEVEL_IO_ERROR', 'x: Too many open files')), 503],
  [failed('ENOENT', 'No space left on device'), undefined],
  [new Error('No space left on device'), undefined],
  ['ENOSPC', undefined],
])('%s has the status %s', (error, status) => {
  expect(findShortage(error)?.status).toBe(status);
});

it('a full database is reported, although SQLite itself ended the transaction', () => {
  const database = new DatabaseSync(':memory:');
  database.exec('CREATE TABLE t (x); PRAGMA max_page_count = 3');
  const fill = () =>
    transact(database, () => {
      for (;;) database.exec("INSERT INTO t VALUES ('much text, much text, much text, much text')");
    });
  expect(fill).toThrow('database or disk is full');
  expect(database.isTransaction).toBe(false);
  try {
    fill();
  } catch (error) {
    expect(findShortage(error)).toMatchObject({ status: 507, message: "no space left on the server's disk" });
  }
});

it('a read-only database is reported', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shortage-'));
  const file = join(folder, 'a.sqlite');
  try {
    writeFileSync(file, '');
    const database = new DatabaseSync(file, { readOnly: true });
    expect.hasAssertions();
    try {
      database.exec('CREATE TABLE t (x)');
    } catch (error) {
      expect(findShortage(error)?.message).toBe("the server's disk cannot be written");
    }
    database.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
