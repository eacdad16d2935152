import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { MessageAttributes } from './message-attributes.ts';
import type { StoredQueue } from './queue-table.ts';
import { createStatements, type Statements } from './statements.ts';

/** A new message, and the time when it can first be received. */
interface NewMessage {
  readonly body: string;
  readonly attributes: MessageAttributes;
  readonly sender: string;
  readonly sent: number;
  readonly visible: number;
}

/** The operations on messages in the database, except for receive. */
export function messageTable(database: DatabaseSync) {
  const statements = createStatements(database);
  const { run, numberOf } = statements;
  return {
    /** @returns the message id */
    add(queue: string, { body, attributes, sender, sent, visible }: NewMessage): string {
      const messageId = randomUUID();
      run(
        'INSERT INTO messages (message_id, queue, body, attributes, sender, sent, visible) VALUES (?, ?, ?, ?, ?, ?, ?)',
        messageId,
        queue,
        body,
        JSON.stringify(attributes),
        sender,
        sent,
        visible,
      );
      return messageId;
    },
    /** Deletes the message whose last receive returned this receipt handle. An older one deletes nothing. */
    remove(queue: string, receiptHandle: string): void {
      run('DELETE FROM messages WHERE queue = ? AND receipt = ?', queue, receiptHandle);
    },
    /** @returns false when the message is not in flight, or was received again since */
    changeVisibility(queue: string, receiptHandle: string, now: number, visible: number): boolean {
      const sql = 'UPDATE messages SET visible = ? WHERE queue = ? AND receipt = ? AND visible > ?';
      return run(sql, visible, queue, receiptHandle, now) > 0;
    },
    /** Returns the time when the next message of a queue can be received; undefined when the queue is empty. */
    nextVisible(queue: string): number | undefined {
      return numberOf('SELECT MIN(visible) AS value FROM messages WHERE queue = ?', queue) ?? undefined;
    },
    count: (queue: StoredQueue, now: number) => countMessages(statements, queue, now),
    purge(queue: string): void {
      run('DELETE FROM messages WHERE queue = ?', queue);
    },
  };
}

/** Deletes messages older than the queue's retention period. */
export function expireMessages({ run }: Statements, { name, attributes }: StoredQueue, now: number): void {
  const oldest = now - attributes.MessageRetentionPeriod * 1000;
  run('DELETE FROM messages WHERE queue = ? AND sent <= ?', name, oldest);
}

function countMessages(statements: Statements, queue: StoredQueue, now: number) {
  expireMessages(statements, queue, now);
  const count = (condition: string) => {
    const sql = `SELECT COUNT(*) AS value FROM messages WHERE queue = ? AND ${condition}`;
    return statements.numberOf(sql, queue.name, now) ?? 0;
  };
  return {
    visible: count('visible <= ?'),
    inFlight: count('visible > ? AND receipt IS NOT NULL'),
    delayed: count('visible > ? AND receipt IS NULL'),
  };
}
