import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Holds a data folder for this process. SQLite's file lock does it: the operating system gives it back when
 * the process ends, however that happens, so no stale lock file can keep a folder shut.
 *
 * @returns the release
 * @throws Error when another process holds the folder
 */
export function lockFolder(dataDir: string): () => void {
  const database = new DatabaseSync(join(dataDir, 'lock.sqlite'));
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE;');
  } catch (cause) {
    database.close();
    if (!isHeld(cause)) throw cause;
    throw new Error(`another stack is running on ${dataDir}; stop it first, or choose another folder`, {
      cause,
    });
  }
  return () => {
    database.exec('COMMIT');
    database.close();
  };
}

/** 5: SQLITE_BUSY (sqlite.org/rescode.html). */
const isHeld = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && error.errcode === 5;
