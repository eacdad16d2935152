import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Locks a data folder for this process, by SQLite's file lock: the operating system releases it when
 * the process ends, however that happens, so no stale lock file can block a folder.
 *
 * @returns the function that releases the lock
 * @throws Error if another process holds the lock
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
