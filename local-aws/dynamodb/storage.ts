import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdir } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { BatchOperation, Callback, CallbackStore, LevelDatabase, Store } from 'dynalite/db/index.js';
import { database } from './internals.ts';
import { createReadWriteLock } from './read-write-lock.ts';
import { createRepair } from './repair.ts';

/** The writes of one request. The request sees them immediately, others only after the commit. */
export interface WriteBatch {
  put(key: string, value: unknown): void;
  del(key: string): void;
  /** Total bytes of the items used so far, which AWS limits for a transaction. */
  itemBytes: number;
  /** Resolves at the next write; used to wait for a table's final status. */
  nextWrite(): Promise<void>;
}

/** Context of one request, also in its callbacks. */
interface RequestContext {
  readonly batch: PendingBatch | undefined;
  readonly fail: (error: unknown) => void;
}

/** The LevelDB store of dynalite, extended by isolation and atomic requests. */
export interface Storage {
  readonly store: Store;
  readonly level: Pick<LevelDatabase, 'get' | 'keys' | 'values'>;
  /** Runs a task concurrently with other readers, never with a writer. */
  read<T>(task: () => Promise<T>): Promise<T>;
  /**
   * Runs a task alone. Its writes reach the disk as one LevelDB batch after the task succeeds and before this settles:
   * a killed process leaves all of them or none. A task that fails leaves none. The batch is not synced to the disk:
   * writes of the last moments may be lost when the host fails.
   */
  write<T>(task: (batch: WriteBatch) => Promise<T>): Promise<T>;
  /** Waits for running requests and closes the files. */
  close(): Promise<void>;
}

const requests = new AsyncLocalStorage<RequestContext>();

/**
 * Opens (or creates) the store in a folder, or one in memory. One process at a time may have a folder open.
 *
 * @throws Error when another process has the folder open
 */
export async function openStorage(
  dataDir: string | undefined,
  region: string,
  accountId: string,
): Promise<Storage> {
  if (dataDir !== undefined) await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const store = database.create({ path: dataDir, createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 });
  await store.db.open().catch((error: unknown) => {
    throw new Error(`the DynamoDB data in ${dataDir} cannot be opened; is another stack running?`, {
      cause: error,
    });
  });
  store.tableDb.awsRegion = region;
  store.tableDb.awsAccountId = accountId;
  const { db } = store;
  // dynalite replaced these methods by versions that fail once the files were closed.
  const own: LevelDatabase = Object.getPrototypeOf(db);
  const close = () => own.close.call(db);
  const repair = createRepair(dataDir, { open: () => own.open.call(db), close });
  const level = keepingTables({
    // An item is mostly in memory, and a read in another thread costs ten times as much CPU time.
    get: async (key: string) => own.getSync.call(db, key),
    keys: db.keys.bind(db),
    values: db.values.bind(db),
    batch: (operations: readonly BatchOperation[]) => repair.watch(() => own.batch.call(db, operations)),
  });
  Object.assign(db, requestStore(level));
  store.tableDb.createKeyStream = () => Readable.from(tableNames(level));
  const lock = createReadWriteLock();
  return {
    store,
    level,
    async read(task) {
      if (repair.isClosed()) await lock.exclusive(repair.reopenIfDamaged);
      return lock.shared(() => requests.run({ batch: undefined, fail: rethrow }, task));
    },
    write: (task) =>
      lock.exclusive(async () => {
        await repair.reopenIfDamaged();
        const pending = new PendingBatch();
        try {
          const result = await requests.run({ batch: pending, fail: rethrow }, () => task(pending));
          await level.batch(pending.operations());
          return result;
        } finally {
          pending.close();
        }
      }),
    close: () => lock.exclusive(close),
  };
}

/**
 * Calls a function that returns its result through a callback. An exception in a later callback of the store fails
 * this call instead of the process.
 */
export function callBack<T>(start: (callback: Callback<T>) => void): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const begin = () => start((error, value) => (error ? reject(error) : resolve(value)));
    requests.run({ batch: requests.getStore()?.batch, fail: reject }, begin);
  });
}

/** The batch of the current request. */
export function currentBatch(): WriteBatch {
  const batch = requests.getStore()?.batch;
  if (!batch) throw new Error('no request that may write is running');
  return batch;
}

type PendingValue = { readonly value: unknown } | 'deleted';

class PendingBatch implements WriteBatch {
  readonly #values = new Map<string, PendingValue>();
  #open = true;
  #written = Promise.withResolvers<void>();
  itemBytes = 0;

  put(key: string, value: unknown): void {
    this.#record(key, { value });
  }

  del(key: string): void {
    this.#record(key, 'deleted');
  }

  nextWrite(): Promise<void> {
    return this.#written.promise;
  }

  find(key: string): PendingValue | undefined {
    return this.#values.get(key);
  }

  operations(): BatchOperation[] {
    return [...this.#values].map(([key, entry]) =>
      entry === 'deleted' ? { type: 'del', key } : { type: 'put', key, value: entry.value },
    );
  }

  /** Rejects later writes: parts of an ended request may still run, for example after another part failed. */
  close(): void {
    this.#open = false;
  }

  #record(key: string, entry: PendingValue): void {
    if (!this.#open) throw new Error('the request has ended');
    this.#values.set(key, entry);
    this.#written.resolve();
    this.#written = Promise.withResolvers();
  }
}

function rethrow(error: unknown): never {
  throw error;
}

/** The store of dynalite's actions: reads come from LevelDB, writes go to the request's batch. */
function requestStore(level: Pick<LevelDatabase, 'get' | 'keys' | 'values'>): CallbackStore {
  const write = (callback: Callback<void>, change: (batch: WriteBatch) => void) =>
    completeWith(callback, async () => change(currentBatch()));
  return {
    get: (key, callback) =>
      completeWith(callback, async () => {
        const own = requests.getStore()?.batch?.find(key);
        if (own) return own === 'deleted' ? undefined : own.value;
        return level.get(key);
      }),
    put: (key, value, callback) => write(callback, (batch) => batch.put(key, value)),
    del: (key, callback) => write(callback, (batch) => batch.del(key)),
    batch: (operations, callback) =>
      write(callback, (batch) => {
        for (const operation of operations) {
          if (operation.type === 'put') batch.put(operation.key, operation.value);
          else batch.del(operation.key);
        }
      }),
    // dynalite's own streams never close their iterators, so LevelDB would keep them permanently.
    createKeyStream: (range = {}) => Readable.from(level.keys(range)),
    createValueStream: (range = {}) => Readable.from(level.values(range)),
  };
}

function completeWith<T>(callback: Callback<T>, work: () => Promise<T>): void {
  const fail = requests.getStore()?.fail ?? rethrow;
  work()
    .then(
      (value) => callback(null, value),
      (error: unknown) => callback(error),
    )
    .catch(fail);
}

type Level = Omit<LevelDatabase, 'open' | 'close' | 'getSync'>;

/** Prefix of the keys of table descriptions. */
const TABLES = 'table~';

/**
 * Keeps the descriptions of tables in memory. dynalite reads one with every operation, which takes as long as reading
 * the item. Each caller gets a copy, as from the disk: parsing the JSON is faster than `structuredClone`.
 */
function keepingTables(level: Level): Level {
  const kept = new Map<string, Promise<string | undefined>>();
  const readText = async (key: string) => {
    const description = await level.get(key);
    return description === undefined ? undefined : JSON.stringify(description);
  };
  return {
    ...level,
    async get(key) {
      if (!key.startsWith(TABLES)) return level.get(key);
      const reading = kept.get(key) ?? readText(key);
      kept.set(key, reading);
      reading.catch(() => kept.delete(key));
      const text = await reading;
      return text === undefined ? undefined : JSON.parse(text);
    },
    async batch(operations) {
      try {
        await level.batch(operations);
      } finally {
        for (const { key } of operations) kept.delete(key);
      }
    },
  };
}

/** Reads only the keys of table descriptions; dynalite's own stream reads every key of the whole store. */
async function* tableNames(level: Pick<LevelDatabase, 'keys'>): AsyncIterable<string> {
  for await (const key of level.keys({ gte: TABLES, lt: `${TABLES}\xff` })) yield key.slice(TABLES.length);
}
