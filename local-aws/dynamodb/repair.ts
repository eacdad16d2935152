import { readdirSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { LevelDatabase } from 'dynalite/db/index.js';

/** What opening the files takes beside the logs that it rewrites: a manifest and a new log. */
const OPENING_BYTES = 1024 * 1024;

/** Brings LevelDB back after a write that has failed. */
interface Repair {
  /** Does a write; what fails counts as damage. */
  watch<T>(write: () => Promise<T>): Promise<T>;
  /**
   * Opens the files anew when they are damaged. To be called while nothing else uses them.
   *
   * @throws Error ENOSPC while there is no room for that
   */
  mend(): Promise<void>;
  /** Whether the files are closed, since they could not be opened anew. */
  isClosed(): boolean;
}

/**
 * A write that fails half way, as on a full disk, leaves half a record at the end of LevelDB's log. It goes on after
 * it, and all that follows is lost at the next start, for whoever reads the log takes it for part of that record; and
 * where it failed to write a table, it refuses every further write. Opened anew, it begins a new log.
 */
export function createRepair(dataDir: string, db: Pick<LevelDatabase, 'open' | 'close'>): Repair {
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
    async mend() {
      if (state === 'sound') return;
      if (state === 'damaged') {
        // Until then it can still be read.
        assertRoom(dataDir);
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
    throw Object.assign(new Error('LevelDB needs room to open its files anew'), { code: 'ENOSPC' });
  }
}
