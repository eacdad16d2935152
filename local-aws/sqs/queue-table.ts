import type { DatabaseSync } from 'node:sqlite';
import { queueRow } from './message-schema.ts';
import { type QueueAttributes, storedAttributes } from './queue-attributes.ts';
import { createStatements } from './statements.ts';

export interface StoredQueue {
  readonly name: string;
  readonly attributes: QueueAttributes;
  /** Milliseconds since the epoch, as all times in this folder. */
  readonly created: number;
  readonly modified: number;
}

/** The operations on queues in the database. */
export function queueTable(database: DatabaseSync) {
  const { run, first } = createStatements(database);
  return {
    findQueue(name: string): StoredQueue | undefined {
      const row = first('SELECT * FROM queues WHERE name = ?', name);
      if (row === undefined) return undefined;
      const { attributes, ...times } = queueRow.parse(row);
      return { ...times, attributes: storedAttributes.parse(JSON.parse(attributes)) };
    },
    /** Creates a queue, or sets the attributes of an existing one. */
    putQueue(name: string, attributes: QueueAttributes, now: number): void {
      run(
        `INSERT INTO queues VALUES (?, ?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET attributes = excluded.attributes, modified = excluded.modified`,
        name,
        JSON.stringify(attributes),
        now,
        now,
      );
    },
  };
}
