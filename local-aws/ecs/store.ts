import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { transact } from '../sqlite.ts';
import { definitionRecords } from './definition-records.ts';
import { readDocument } from './documents.ts';
import { containerRecords, taskRecords } from './task-records.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS clusters (name TEXT PRIMARY KEY, document TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS definitions (
    family TEXT NOT NULL, revision INTEGER NOT NULL, status TEXT NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (family, revision)
  );
  CREATE TABLE IF NOT EXISTS tasks (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, cluster TEXT NOT NULL, family TEXT NOT NULL,
    started_by TEXT, desired_status TEXT NOT NULL, last_status TEXT NOT NULL, stopped_at INTEGER,
    document TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS tasks_by_status ON tasks (cluster, desired_status, seq);
  CREATE INDEX IF NOT EXISTS tasks_by_age ON tasks (stopped_at);
  CREATE TABLE IF NOT EXISTS containers (
    task_id TEXT NOT NULL, name TEXT NOT NULL, metadata_id TEXT NOT NULL, handle TEXT,
    PRIMARY KEY (task_id, name)
  );
  CREATE TABLE IF NOT EXISTS tokens (
    scope TEXT NOT NULL, token TEXT NOT NULL, request_hash TEXT NOT NULL, created_at INTEGER NOT NULL,
    task_arns TEXT NOT NULL, PRIMARY KEY (scope, token)
  );
`;

/** Stopped tasks are kept for 30 days, instead of ECS's hour: an execution may resume after a holiday. */
const KEEP_STOPPED_MS = 30 * 24 * 3600 * 1000;

export interface StoredCluster {
  readonly name: string;
  /** Absent in records of earlier releases. */
  readonly capacityProviders?: readonly string[];
  readonly tags: readonly { readonly key: string; readonly value?: string | undefined }[];
}

export interface StoredToken {
  readonly requestHash: string;
  readonly createdAt: number;
  readonly taskArns: readonly string[];
}

export type EcsStore = ReturnType<typeof openStore>;

/** Opens the durable records in `<dataDir>/ecs.sqlite`, and deletes tasks that stopped more than 30 days ago. */
export function openStore(dataDir: string, now: number) {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const file = join(dataDir, 'ecs.sqlite');
  // Only for its owner, because the overrides of tasks may contain secrets; SQLite's other files get the same mode.
  closeSync(openSync(file, 'a', 0o600));
  const database = new DatabaseSync(file);
  // Without a sync per commit: a crash of the stack loses nothing, and a crash of the host ends the containers as
  // well.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
  database.exec(SCHEMA);
  database.prepare('DELETE FROM tasks WHERE stopped_at < ?').run(now - KEEP_STOPPED_MS);
  database.prepare('DELETE FROM tokens WHERE created_at < ?').run(now - KEEP_STOPPED_MS);
  return {
    ...clusterRecords(database),
    ...definitionRecords(database),
    ...taskRecords(database),
    ...containerRecords(database),
    ...tokenRecords(database),
    /** Runs `work` in one transaction. */
    atomically: <Result>(work: () => Result): Result => transact(database, work),
    close: () => database.close(),
  };
}

function clusterRecords(database: DatabaseSync) {
  const put = database.prepare('INSERT OR REPLACE INTO clusters (name, document) VALUES (?, ?)');
  const get = database.prepare('SELECT document FROM clusters WHERE name = ?');
  const count = database.prepare(
    `SELECT count(*) AS count FROM tasks WHERE cluster = ? AND desired_status = 'RUNNING' AND last_status = ?`,
  );
  return {
    putCluster: (cluster: StoredCluster) => void put.run(cluster.name, JSON.stringify(cluster)),
    getCluster: (name: string): StoredCluster | undefined => readDocument(get.get(name)?.document),
    countTasks: (cluster: string, lastStatus: string) => Number(count.get(cluster, lastStatus)?.count),
  };
}

function tokenRecords(database: DatabaseSync) {
  const put = database.prepare(
    'INSERT OR REPLACE INTO tokens (scope, token, request_hash, created_at, task_arns) VALUES (?, ?, ?, ?, ?)',
  );
  const get = database.prepare('SELECT * FROM tokens WHERE scope = ? AND token = ?');
  return {
    putToken: (scope: string, token: string, stored: StoredToken) =>
      void put.run(scope, token, stored.requestHash, stored.createdAt, JSON.stringify(stored.taskArns)),
    getToken(scope: string, token: string): StoredToken | undefined {
      const row = get.get(scope, token);
      if (!row) return undefined;
      return {
        requestHash: String(row.request_hash),
        createdAt: Number(row.created_at),
        taskArns: readDocument(row.task_arns) ?? [],
      };
    },
  };
}
