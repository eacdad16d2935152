import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { type MessageAttributes, messageAttributes, messageSize } from './message-attributes.ts';
import { type MessageRow, messageRow, numberRow, queueRow, SCHEMA } from './message-schema.ts';
import { type QueueAttributes, storedAttributes } from './queue-attributes.ts';

export interface StoredQueue {
  readonly name: string;
  readonly attributes: QueueAttributes;
  /** Milliseconds since the epoch, as all times here. */
  readonly created: number;
  readonly modified: number;
}

export interface ReceivedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: MessageAttributes;
  readonly sender: string;
  readonly sent: number;
  readonly firstReceived: number;
  readonly receiveCount: number;
  /** The queue it came from, when it is in a dead-letter queue. */
  readonly deadLetterSource: string | undefined;
}

export interface MessageCounts {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

const RECEIPT = /^AQEB[A-Za-z0-9+/]{64}$/;
/** Whether a text has the form of a receipt handle of this service. */
export const isReceiptHandle = (text: string) => RECEIPT.test(text);

export type MessageStore = ReturnType<typeof openMessageStore>;

/**
 * Queues and their messages in one SQLite file. Each function is one transaction, on disk when it returns.
 *
 * @param dataDir folder of the file, made when it does not exist
 * @throws Error when another process has the file open
 */
export function openMessageStore(dataDir: string) {
  const db = openDatabase(dataDir);

  const run = (sql: string, ...values: SQLInputValue[]) => Number(db.prepare(sql).run(...values).changes);
  const first = (sql: string, ...values: SQLInputValue[]): unknown => db.prepare(sql).get(...values);
  const numberOf = (sql: string, ...values: SQLInputValue[]) => numberRow.parse(first(sql, ...values)).value;

  function atomically<T>(work: () => T): T {
    db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      db.exec('COMMIT');
      return result;
    } catch (error) {
      db.exec('ROLLBACK');
      throw error;
    }
  }

  function findQueue(name: string): StoredQueue | undefined {
    const row = first('SELECT * FROM queues WHERE name = ?', name);
    if (row === undefined) return undefined;
    const { attributes, ...times } = queueRow.parse(row);
    return { ...times, attributes: storedAttributes.parse(JSON.parse(attributes)) };
  }

  /** Drops what is older than the queue keeps messages. */
  function expire({ name, attributes }: StoredQueue, now: number): void {
    run(
      'DELETE FROM messages WHERE queue = ? AND sent <= ?',
      name,
      now - attributes.MessageRetentionPeriod * 1000,
    );
  }

  /** Moves messages that were received as often as allowed and are due again; tells whether any was. */
  function redrive({ name, attributes }: StoredQueue, source: string, now: number): boolean {
    const policy = attributes.RedrivePolicy;
    if (!policy) return false;
    const target = policy.deadLetterTargetArn.split(':').at(-1) ?? '';
    if (!findQueue(target)) return false;
    const moved = run(
      `UPDATE messages SET queue = ?, visible = ?, receipt = NULL, dead_letter_source = ?
       WHERE queue = ? AND visible <= ? AND receive_count >= ?`,
      target,
      now,
      source,
      name,
      now,
      policy.maxReceiveCount,
    );
    return moved > 0;
  }

  function take(row: MessageRow, now: number, visible: number): ReceivedMessage {
    const receiptHandle = `AQEB${randomBytes(48).toString('base64')}`;
    const firstReceived = row.first_received ?? now;
    run(
      'UPDATE messages SET visible = ?, receipt = ?, receive_count = receive_count + 1, first_received = ? WHERE id = ?',
      visible,
      receiptHandle,
      firstReceived,
      row.id,
    );
    return {
      messageId: row.message_id,
      receiptHandle,
      body: row.body,
      attributes: messageAttributes.parse(JSON.parse(row.attributes)),
      sender: row.sender,
      sent: row.sent,
      firstReceived,
      receiveCount: row.receive_count + 1,
      deadLetterSource: row.dead_letter_source ?? undefined,
    };
  }

  return {
    findQueue,

    /** Makes a queue, or sets the attributes of one that is there. */
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

    /** @returns the message id */
    add(
      queue: string,
      message: { body: string; attributes: MessageAttributes; sender: string; sent: number; visible: number },
    ): string {
      const messageId = randomUUID();
      const { body, attributes, sender, sent, visible } = message;
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

    /**
     * Takes messages that are due, the longest due first, and hides them until `visible`. Before that, what
     * has been received too often goes to the dead-letter queue.
     *
     * @param limits number of messages, and bytes of all together (the first is taken whatever its size)
     */
    receive(
      queue: StoredQueue,
      source: string,
      limits: { count: number; bytes: number },
      now: number,
      visible: number,
    ): { messages: ReceivedMessage[]; redriven: boolean } {
      return atomically(() => {
        expire(queue, now);
        const redriven = redrive(queue, source, now);
        const rows = db
          .prepare('SELECT * FROM messages WHERE queue = ? AND visible <= ? ORDER BY visible, id LIMIT ?')
          .all(queue.name, now, limits.count);
        const messages: ReceivedMessage[] = [];
        let bytes = 0;
        for (const row of rows.map((fields) => messageRow.parse(fields))) {
          bytes += messageSize(row.body, messageAttributes.parse(JSON.parse(row.attributes)));
          if (messages.length > 0 && bytes > limits.bytes) break;
          messages.push(take(row, now, visible));
        }
        return { messages, redriven };
      });
    },

    /** Deletes the message whose last receive gave this receipt. An older receipt deletes nothing. */
    remove(queue: string, receiptHandle: string): void {
      run('DELETE FROM messages WHERE queue = ? AND receipt = ?', queue, receiptHandle);
    },

    /** @returns false when the message is not in flight, or was received anew since */
    changeVisibility(queue: string, receiptHandle: string, now: number, visible: number): boolean {
      return (
        run(
          'UPDATE messages SET visible = ? WHERE queue = ? AND receipt = ? AND visible > ?',
          visible,
          queue,
          receiptHandle,
          now,
        ) > 0
      );
    },

    /** When the next message of a queue can be received; undefined when it has none. */
    nextVisible(queue: string): number | undefined {
      return numberOf('SELECT MIN(visible) AS value FROM messages WHERE queue = ?', queue) ?? undefined;
    },

    count(queue: StoredQueue, now: number): MessageCounts {
      expire(queue, now);
      const count = (condition: string) =>
        numberOf(
          `SELECT COUNT(*) AS value FROM messages WHERE queue = ? AND ${condition}`,
          queue.name,
          now,
        ) ?? 0;
      return {
        visible: count('visible <= ?'),
        inFlight: count('visible > ? AND receipt IS NOT NULL'),
        delayed: count('visible > ? AND receipt IS NULL'),
      };
    },

    purge(queue: string): void {
      run('DELETE FROM messages WHERE queue = ?', queue);
    },

    close: () => db.close(),
  };
}

function openDatabase(dataDir: string): DatabaseSync {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const db = new DatabaseSync(join(dataDir, 'sqs.sqlite'));
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    db.exec(SCHEMA);
    return db;
  } catch (cause) {
    db.close();
    throw new Error(`the queues in ${dataDir} cannot be opened; is another stack running?`, { cause });
  }
}
