import { AwsError, type JsonService } from '../aws/json-protocol.ts';
import { type Clock, systemClock } from './clock.ts';
import { messageSize } from './message-attributes.ts';
import { openMessageStore, type StoredQueue } from './message-store.ts';
import { queueOperations } from './operations.ts';
import { defaultAttributes, parseAttributes } from './queue-attributes.ts';
import type { OutgoingMessage, QueueCore, ReceiveOptions } from './queue-core.ts';
import { createWakeUps } from './wake-ups.ts';

export interface QueuesOptions {
  /** Folder of the data; made when it does not exist. One process at a time may use it. */
  readonly dataDir: string;
  readonly region: string;
  readonly accountId: string;
  /** What queue URLs begin with, e.g. `http://127.0.0.1:4000`; asked at each use. */
  readonly endpoint?: () => string;
  /** The system's clock by default. */
  readonly clock?: Clock;
}

/** The queues of the local stack. */
export interface Queues extends QueueCore {
  /** SQS for the SDK, to be served by `startJsonServer`. */
  readonly service: JsonService;
}

const NAME = /^[A-Za-z0-9_-]{1,80}$/;
/** What XML 1.0 can carry, and nothing else (SQS API reference, SendMessage). */
const FORBIDDEN_CHARACTERS = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;
const MAX_DELAY_SECONDS = 900;

/**
 * Opens standard queues kept in a folder: delay, visibility timeout, receive count and redrive to a
 * dead-letter queue as in SQS; each change is on disk before its answer.
 *
 * @throws Error when another process has the folder open
 */
export function createQueues(options: QueuesOptions): Queues {
  const clock = options.clock ?? systemClock;
  const store = openMessageStore(options.dataDir);
  const wakeUps = createWakeUps(clock, store.nextVisible);
  let closed = false;
  const arn = (name: string) => `arn:aws:sqs:${options.region}:${options.accountId}:${name}`;

  function find(name: string): StoredQueue {
    const queue = store.findQueue(name);
    if (queue) return queue;
    throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
  }

  function ensure(name: string, given: Readonly<Record<string, string>> = {}): string {
    if (!NAME.test(name)) {
      throw invalidParameter('a queue name has 1 to 80 letters, digits, hyphens and underscores');
    }
    const attributes = { ...defaultAttributes, ...parseAttributes(given) };
    const target = attributes.RedrivePolicy?.deadLetterTargetArn;
    if (target !== undefined && arn(target.split(':').at(-1) ?? '') !== target) {
      throw invalidParameter('the dead-letter queue is of this account and region');
    }
    if (target !== undefined && !store.findQueue(target.split(':').at(-1) ?? '')) {
      throw invalidParameter('Dead letter target does not exist');
    }
    store.putQueue(name, attributes, clock.now());
    return queues.url(name);
  }

  function sendMessage(name: string, { body, attributes, sender, delaySeconds }: OutgoingMessage): string {
    const queue = find(name);
    const delay = delaySeconds ?? queue.attributes.DelaySeconds;
    if (body === '') throw new AwsError('MissingParameter', 'A message has a body of 1 character or more.');
    if (FORBIDDEN_CHARACTERS.test(body)) {
      throw new AwsError('InvalidMessageContents', 'The message has characters that are not allowed.');
    }
    const limit = queue.attributes.MaximumMessageSize;
    if (messageSize(body, attributes) > limit) {
      throw invalidParameter(`Message must be shorter than ${limit} bytes`);
    }
    if (!(delay >= 0 && delay <= MAX_DELAY_SECONDS)) {
      throw invalidParameter(`DelaySeconds must be >= 0 and <= ${MAX_DELAY_SECONDS}`);
    }
    const sent = clock.now();
    const id = store.add(name, { body, attributes, sender, sent, visible: sent + delay * 1000 });
    wakeUps.changed(name);
    return id;
  }

  function receive(name: string, { count, bytes = Infinity, visibilityTimeout }: ReceiveOptions) {
    if (closed) return [];
    const queue = find(name);
    const now = clock.now();
    const timeout = visibilityTimeout ?? queue.attributes.VisibilityTimeout;
    const taken = store.receive(queue, arn(name), { count, bytes }, now, now + timeout * 1000);
    wakeUps.changed(name);
    const deadLetters = queue.attributes.RedrivePolicy?.deadLetterTargetArn.split(':').at(-1);
    if (taken.redriven && deadLetters !== undefined) wakeUps.changed(deadLetters);
    return taken.messages;
  }

  const queues: QueueCore = {
    region: options.region,
    url: (name) => `${options.endpoint?.() ?? 'http://127.0.0.1'}/${options.accountId}/${name}`,
    arn,
    find,
    ensure,
    send: (name, body, delaySeconds) =>
      sendMessage(name, { body, attributes: {}, sender: options.accountId, delaySeconds }),
    sendMessage,
    receive,
    async waitAndReceive(name, limits, waitSeconds, signal) {
      const deadline = clock.now() + waitSeconds * 1000;
      for (;;) {
        if (signal.aborted) return [];
        const messages = receive(name, limits);
        if (messages.length > 0 || closed || clock.now() >= deadline) return messages;
        await wakeUps.next(name, deadline, signal);
      }
    },
    remove(name, receiptHandle) {
      store.remove(find(name).name, receiptHandle);
      wakeUps.changed(name);
    },
    changeVisibility(name, receiptHandle, seconds) {
      const now = clock.now();
      const changed = store.changeVisibility(find(name).name, receiptHandle, now, now + seconds * 1000);
      wakeUps.changed(name);
      return changed;
    },
    counts: (name) => store.count(find(name), clock.now()),
    purge(name) {
      store.purge(find(name).name);
      wakeUps.changed(name);
    },
    watch: wakeUps.watch,
    close() {
      if (closed) return;
      closed = true;
      wakeUps.close();
      store.close();
    },
  };
  const service = { target: 'AmazonSQS', signingName: 'sqs', operations: queueOperations(queues) };
  return { ...queues, service };
}

/** 400 InvalidParameterValue, as SQS words it. */
function invalidParameter(reason: string): AwsError {
  return new AwsError('InvalidParameterValue', `One or more parameters are invalid. Reason: ${reason}.`);
}
