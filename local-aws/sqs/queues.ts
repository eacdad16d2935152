import { AwsError, type JsonService } from '../aws/json-protocol.ts';
import { type Clock, systemClock } from './clock.ts';
import { type MessageStore, openMessageStore } from './message-store.ts';
import { queueOperations } from './operations.ts';
import {
  defaultAttributes,
  invalidParameter,
  parseAttributes,
  type QueueAttributes,
} from './queue-attributes.ts';
import type { OutgoingMessage, QueueCore, ReceiveOptions } from './queue-core.ts';
import type { StoredQueue } from './queue-table.ts';
import { checkMessage } from './send.ts';
import { createWakeUps, type WakeUps } from './wake-ups.ts';

interface QueuesOptions {
  /** Folder of the data; created if missing. One process at a time may use it. */
  readonly dataDir: string;
  /** Region of the ARNs. */
  readonly region: string;
  /** Account of the ARNs and URLs. */
  readonly accountId: string;
  /** Returns the base of queue URLs, for each URL; `http://127.0.0.1` by default. */
  readonly endpoint?: () => string;
  /** The system's clock by default. */
  readonly clock?: Clock;
}

/** The queues of the local stack. */
export interface Queues extends QueueCore {
  /** SQS for the SDK; pass it to `startJsonServer`. */
  readonly service: JsonService;
}

const NAME = /^[A-Za-z0-9_-]{1,80}$/;

/**
 * Opens standard queues in a folder, with delay, visibility timeout, receive count and redrive to a dead-letter queue
 * as in SQS. Each change is on disk before the response.
 *
 * @throws Error when another process has the folder open
 */
export function createQueues(options: QueuesOptions): Queues {
  const queues = createQueueCore(options);
  const service = { target: 'AmazonSQS', signingName: 'sqs', operations: queueOperations(queues) };
  return { ...queues, service };
}

/** The state that all functions of one set of queues share. */
interface Shared {
  readonly store: MessageStore;
  readonly clock: Clock;
  readonly wakeUps: WakeUps;
  arn(name: string): string;
  isClosed(): boolean;
}

function createQueueCore({
  dataDir,
  region,
  accountId,
  endpoint,
  clock = systemClock,
}: QueuesOptions): QueueCore {
  const store = openMessageStore(dataDir);
  const wakeUps = createWakeUps(clock, store.nextVisible);
  let closed = false;
  const arn = (name: string) => `arn:aws:sqs:${region}:${accountId}:${name}`;
  const url = (name: string) => `${endpoint?.() ?? 'http://127.0.0.1'}/${accountId}/${name}`;
  const shared: Shared = { store, clock, wakeUps, arn, isClosed: () => closed };
  return {
    region,
    url,
    arn,
    find: (name) => findQueue(shared, name),
    ensure(name, given = {}) {
      ensureQueue(shared, name, given);
      return url(name);
    },
    send: (name, body, delaySeconds) =>
      sendMessage(shared, name, { body, attributes: {}, sender: accountId, delaySeconds }),
    sendMessage: (name, message) => sendMessage(shared, name, message),
    receive: (name, limits) => receive(shared, name, limits),
    waitAndReceive: (...request) => waitAndReceive(shared, ...request),
    ...messageChanges(shared),
    watch: wakeUps.watch,
    close() {
      if (closed) return;
      closed = true;
      wakeUps.close();
      store.close();
    },
  };
}

function findQueue({ store }: Shared, name: string): StoredQueue {
  const queue = store.findQueue(name);
  if (queue) return queue;
  throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
}

function ensureQueue(shared: Shared, name: string, given: Readonly<Record<string, string>>): void {
  if (!NAME.test(name)) {
    throw invalidParameter('a queue name has 1 to 80 letters, digits, hyphens and underscores');
  }
  const attributes = { ...defaultAttributes, ...parseAttributes(given) };
  assertDeadLetterQueue(shared, attributes);
  shared.store.putQueue(name, attributes, shared.clock.now());
}

function assertDeadLetterQueue({ store, arn }: Shared, { RedrivePolicy }: QueueAttributes): void {
  const target = RedrivePolicy?.deadLetterTargetArn;
  if (target === undefined) return;
  const name = target.split(':').at(-1) ?? '';
  if (arn(name) !== target)
    throw invalidParameter('the dead-letter queue must be in this account and region');
  if (!store.findQueue(name)) throw invalidParameter('Dead letter target does not exist');
}

function sendMessage(shared: Shared, name: string, message: OutgoingMessage): string {
  const { store, clock, wakeUps } = shared;
  const delay = checkMessage(message, findQueue(shared, name).attributes);
  const { body, attributes, sender } = message;
  const sent = clock.now();
  const id = store.add(name, { body, attributes, sender, sent, visible: sent + delay * 1000 });
  wakeUps.changed(name);
  return id;
}

function receive(shared: Shared, name: string, limits: ReceiveOptions) {
  if (shared.isClosed()) return [];
  const { count, bytes = Number.POSITIVE_INFINITY, visibilityTimeout } = limits;
  const queue = findQueue(shared, name);
  const now = shared.clock.now();
  const visible = now + (visibilityTimeout ?? queue.attributes.VisibilityTimeout) * 1000;
  const taken = shared.store.receive({ queue, source: shared.arn(name), count, bytes, now, visible });
  shared.wakeUps.changed(name);
  const deadLetters = queue.attributes.RedrivePolicy?.deadLetterTargetArn.split(':').at(-1);
  if (taken.redriven && deadLetters !== undefined) shared.wakeUps.changed(deadLetters);
  return taken.messages;
}

async function waitAndReceive(
  shared: Shared,
  ...[name, limits, waitSeconds, signal]: Parameters<QueueCore['waitAndReceive']>
) {
  const { clock, wakeUps } = shared;
  const deadline = clock.now() + waitSeconds * 1000;
  for (;;) {
    if (signal.aborted) return [];
    const messages = receive(shared, name, limits);
    if (messages.length > 0 || shared.isClosed() || clock.now() >= deadline) return messages;
    await wakeUps.next(name, deadline, signal);
  }
}

/** The functions for received messages, and for all messages of a queue. */
function messageChanges(shared: Shared): Pick<QueueCore, 'remove' | 'changeVisibility' | 'counts' | 'purge'> {
  const { store, clock, wakeUps } = shared;
  return {
    remove(name, receiptHandle) {
      store.remove(findQueue(shared, name).name, receiptHandle);
      wakeUps.changed(name);
    },
    changeVisibility(name, receiptHandle, seconds) {
      const now = clock.now();
      const queue = findQueue(shared, name).name;
      const changed = store.changeVisibility(queue, receiptHandle, now, now + seconds * 1000);
      wakeUps.changed(name);
      return changed;
    },
    counts: (name) => store.count(findQueue(shared, name), clock.now()),
    purge(name) {
      store.purge(findQueue(shared, name).name);
      wakeUps.changed(name);
    },
  };
}
