import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SCHEMA } from './message-schema.ts';
import { messageTable } from './message-table.ts';
import { queueTable } from './queue-table.ts';
import { type ReceiveRequest, receiveMessages } from './receive.ts';

export type MessageStore = ReturnType<typeof openMessageStore>;

/**
 * Opens the SQLite file with the queues and their messages. Each method of the store is one transaction, which is in
 * the file when the method returns.
 *
 * @param dataDir folder of the file, created if missing
 * @throws Error when another process has the file open
 */
export function openMessageStore(dataDir: string) {
  const database = openDatabase(dataDir);
  return {
    ...queueTable(database),
    ...messageTable(database),
    receive: (request: ReceiveRequest) => receiveMessages(database, request),
    close: () => database.close(),
  };
}

function openDatabase(dataDir: string): DatabaseSync {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(join(dataDir, 'sqs.sqlite'));
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    database.exec(SCHEMA);
    return database;
  } catch (cause) {
    database.close();
    throw new Error(`the queues in ${dataDir} cannot be opened; is another stack running?`, { cause });
  }
}
