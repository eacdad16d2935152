import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { transact } from '../sqlite.ts';
import { type MessageAttributes, messageAttributes, messageSize } from './message-attributes.ts';
import { type MessageRow, messageRow } from './message-schema.ts';
import { expireMessages } from './message-table.ts';
import { queueTable, type StoredQueue } from './queue-table.ts';
import { createStatements, type Statements } from './statements.ts';

export interface ReceivedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: MessageAttributes;
  readonly sender: string;
  readonly sent: number;
  readonly firstReceived: number;
  readonly receiveCount: number;
  /** For a message in a dead-letter queue, the queue that it came from. */
  readonly deadLetterSource: string | undefined;
}

/** One receive from a queue. Times are milliseconds since the epoch. */
export interface ReceiveRequest {
  readonly queue: StoredQueue;
  /** ARN of the queue, for the messages that move to its dead-letter queue. */
  readonly source: string;
  readonly count: number;
  /** Maximum total bytes of the messages; the first message may be larger. */
  readonly bytes: number;
  readonly now: number;
  /** The time when the received messages can be received again. */
  readonly visible: number;
}

const RECEIPT = /^AQEB[A-Za-z0-9+/]{64}$/;
/** Whether a text has the form of a receipt handle of this service. */
export const isReceiptHandle = (text: string) => RECEIPT.test(text);

/**
 * Receives messages that are due, the longest due first, and hides them until `visible`. First moves messages that were
 * received too often to the dead-letter queue.
 *
 * @returns the messages, and whether any moved to the dead-letter queue
 */
export function receiveMessages(
  database: DatabaseSync,
  request: ReceiveRequest,
): { messages: ReceivedMessage[]; redriven: boolean } {
  const statements = createStatements(database);
  return transact(database, () => {
    expireMessages(statements, request.queue, request.now);
    const redriven = redrive(database, request);
    const messages = dueRows(database, request).map((row) => take(statements, row, request));
    return { messages, redriven };
  });
}

/**
 * Moves messages that reached the maximum receive count and are due again to the dead-letter queue.
 *
 * @returns whether any message moved
 */
function redrive(database: DatabaseSync, { queue, source, now }: ReceiveRequest): boolean {
  const policy = queue.attributes.RedrivePolicy;
  if (!policy) return false;
  const target = policy.deadLetterTargetArn.split(':').at(-1) ?? '';
  if (!queueTable(database).findQueue(target)) return false;
  const moved = createStatements(database).run(
    `UPDATE messages SET queue = ?, visible = ?, receipt = NULL, dead_letter_source = ?
     WHERE queue = ? AND visible <= ? AND receive_count >= ?`,
    target,
    now,
    source,
    queue.name,
    now,
    policy.maxReceiveCount,
  );
  return moved > 0;
}

/** Returns the messages that are due, up to the limits of the request. */
function dueRows(database: DatabaseSync, { queue, count, bytes, now }: ReceiveRequest): MessageRow[] {
  const rows = database
    .prepare('SELECT * FROM messages WHERE queue = ? AND visible <= ? ORDER BY visible, id LIMIT ?')
    .all(queue.name, now, count)
    .map((fields) => messageRow.parse(fields));
  let sum = 0;
  const tooMuch = rows.findIndex((row, index) => {
    sum += messageSize(row.body, attributesOf(row));
    return index > 0 && sum > bytes;
  });
  return tooMuch < 0 ? rows : rows.slice(0, tooMuch);
}

function take({ run }: Statements, row: MessageRow, { now, visible }: ReceiveRequest): ReceivedMessage {
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
    attributes: attributesOf(row),
    sender: row.sender,
    sent: row.sent,
    firstReceived,
    receiveCount: row.receive_count + 1,
    deadLetterSource: row.dead_letter_source ?? undefined,
  };
}

const attributesOf = (row: MessageRow) => messageAttributes.parse(JSON.parse(row.attributes));
