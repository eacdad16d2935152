import type { MessageAttributes } from './message-attributes.ts';
import type { StoredQueue } from './queue-table.ts';
import type { ReceivedMessage } from './receive.ts';

export interface OutgoingMessage {
  readonly body: string;
  readonly attributes: MessageAttributes;
  readonly sender: string;
  /** The queue's delay by default. */
  readonly delaySeconds?: number | undefined;
}

export interface ReceiveOptions {
  /** 1 to 10. */
  readonly count: number;
  /** Maximum total bytes of the messages; the first message may be larger. */
  readonly bytes?: number;
  /** The queue's timeout by default. */
  readonly visibilityTimeout?: number | undefined;
}

/** Queues within the process. Every function throws AwsError QueueDoesNotExist for an unknown name. */
export interface QueueCore {
  readonly region: string;
  url(name: string): string;
  arn(name: string): string;
  find(name: string): StoredQueue;
  /**
   * Creates a queue, or sets the attributes of an existing one (text by name, as in CreateQueue; an attribute that is
   * not given gets its default).
   *
   * @returns its URL
   */
  ensure(name: string, attributes?: Readonly<Record<string, string>>): string;
  /**
   * Sends a message from this process.
   *
   * @param delaySeconds 0 to 900; the queue's delay by default
   * @returns the message id
   */
  send(name: string, body: string, delaySeconds?: number): string;
  sendMessage(name: string, message: OutgoingMessage): string;
  /** Receives the messages that are due now, if any. */
  receive(name: string, options: ReceiveOptions): ReceivedMessage[];
  /** As `receive`, but waits up to `waitSeconds` for a first message. Receives nothing after an abort. */
  waitAndReceive(
    name: string,
    options: ReceiveOptions,
    waitSeconds: number,
    signal: AbortSignal,
  ): Promise<ReceivedMessage[]>;
  remove(name: string, receiptHandle: string): void;
  /** @returns false when the message is not in flight with this receipt handle */
  changeVisibility(name: string, receiptHandle: string, seconds: number): boolean;
  counts(name: string): { visible: number; inFlight: number; delayed: number };
  purge(name: string): void;
  /** Calls `wake` whenever a message may be due, until the returned function is called. */
  watch(name: string, wake: () => void): () => void;
  close(): void;
}
