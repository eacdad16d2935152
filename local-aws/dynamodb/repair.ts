import { readdirSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { LevelDatabase } from 'dynalite/db/index.js';

/** Space for opening the files, besides the logs that LevelDB rewrites: a manifest and a new log. */
const OPENING_BYTES = 1024 * 1024;

/** Reopens LevelDB after a failed write. */
interface Repair {
  /** Runs a write. If it fails, the files count as damaged. */
  watch<T>(write: () => Promise<T>): Promise<T>;
  /**
   * Reopens the files if they are damaged. Must be called while nothing else uses them.
   *
   * @throws Error ENOSPC when the disk has no space for that
   */
  reopenIfDamaged(): Promise<void>;
  /** Whether the files are closed because reopening them failed. */
  isClosed(): boolean;
}

/**
 * A write that fails half way, as on a full disk, leaves half a record at the end of LevelDB's log. LevelDB continues
 * after it, and all later records are lost at the next start, because the reader of the log takes them for part of
 * that record. After a failure to write a table, LevelDB rejects every further write. Reopening starts a new log.
 */
export function createRepair(dataDir: string | undefined, db: Pick<LevelDatabase, 'open' | 'close'>): Repair {
  let state: 'sound' | 'damaged' | 'closed' = 'sound';
  return {
    async watch(write) {
      try {
        return await write();
      } catch (error) {
        state = 'damaged';
        throw error;
      }
    },
    async reopenIfDamaged() {
      if (state === 'sound') return;
      if (state === 'damaged') {
        // Without space, the files stay open for reading.
        if (dataDir !== undefined) assertRoom(dataDir);
        state = 'closed';
        await db.close();
      }
      await db.open();
      state = 'sound';
    },
    isClosed: () => state === 'closed',
  };
}

function assertRoom(dataDir: string): void {
  const logs = readdirSync(dataDir).filter((name) => name.endsWith('.log'));
  const needed = logs.reduce((sum, name) => sum + statSync(join(dataDir, name)).size, OPENING_BYTES);
  const { bavail, bsize, blocks } = statfsSync(dataDir);
  if (blocks > 0 && bavail * bsize < needed) {
    throw Object.assign(new Error('LevelDB needs disk space to reopen its files'), { code: 'ENOSPC' });
  }
}
