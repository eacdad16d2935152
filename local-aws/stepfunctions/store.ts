import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { executionTable } from './execution-table.ts';
import { stateMachineTable } from './state-machine-table.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS machines (
    arn TEXT PRIMARY KEY, name TEXT NOT NULL, definition TEXT NOT NULL, roleArn TEXT NOT NULL,
    logging TEXT NOT NULL, tracing TEXT NOT NULL, createdAt INTEGER NOT NULL, status TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS executions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, arn TEXT NOT NULL UNIQUE, machineArn TEXT NOT NULL, name TEXT NOT NULL,
    status TEXT NOT NULL, input TEXT NOT NULL, output TEXT, error TEXT, cause TEXT,
    startedAt INTEGER NOT NULL, stoppedAt INTEGER, cursor TEXT NOT NULL, sortTime INTEGER NOT NULL);
  CREATE INDEX IF NOT EXISTS executionsByMachine ON executions (machineArn, sortTime, id);
  CREATE INDEX IF NOT EXISTS openExecutions ON executions (id) WHERE status = 'RUNNING';
  CREATE TABLE IF NOT EXISTS history (
    execution INTEGER NOT NULL, id INTEGER NOT NULL, time INTEGER NOT NULL, type TEXT NOT NULL,
    details TEXT NOT NULL, PRIMARY KEY (execution, id)) WITHOUT ROWID;
`;

/** State machines, executions and their histories in one SQLite file. */
export type Store = ReturnType<typeof openStore>;

/**
 * Opens `stepfunctions.sqlite` in a folder, which is created if missing.
 *
 * With a write-ahead log and synchronous NORMAL, a killed process loses nothing, and a power failure at most the last
 * transitions (sqlite.org, PRAGMA synchronous). The exclusive lock prevents a second process from running the same
 * executions.
 *
 * @throws Error "database is locked" while another process has it open.
 */
export function openStore(dataDir: string) {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(join(dataDir, 'stepfunctions.sqlite'));
  database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
  database.exec(SCHEMA);
  return { ...stateMachineTable(database), ...executionTable(database), close: () => database.close() };
}
