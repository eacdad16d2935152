import type { MessageAttributes } from './message-attributes.ts';
import type { StoredQueue } from './queue-table.ts';
import type { ReceivedMessage } from './receive.ts';

export interface OutgoingMessage {
  readonly body: string;
  readonly attributes: MessageAttributes;
  readonly sender: string;
  /** The queue's own delay when undefined. */
  readonly delaySeconds?: number | undefined;
}

export interface ReceiveOptions {
  /** 1 to 10. */
  readonly count: number;
  /** Bytes of all messages together; the first is taken whatever its size. */
  readonly bytes?: number;
  /** The queue's own timeout when undefined. */
  readonly visibilityTimeout?: number | undefined;
}

/** Queues within the process. Every function throws AwsError QueueDoesNotExist for an unknown name. */
export interface QueueCore {
  readonly region: string;
  url(name: string): string;
  arn(name: string): string;
  find(name: string): StoredQueue;
  /**
   * Makes a queue, or gives one that is there these attributes (text by name, as in CreateQueue; what is not
   * named gets its default).
   *
   * @returns its URL
   */
  ensure(name: string, attributes?: Readonly<Record<string, string>>): string;
  /**
   * Sends text from within the stack.
   *
   * @param delaySeconds 0 to 900; the queue's own delay by default
   * @returns the message id
   */
  send(name: string, body: string, delaySeconds?: number): string;
  sendMessage(name: string, message: OutgoingMessage): string;
  /** Takes what is due now, which may be nothing. */
  receive(name: string, options: ReceiveOptions): ReceivedMessage[];
  /** As `receive`, but waits up to `waitSeconds` for a first message. Nothing is taken after an abort. */
  waitAndReceive(
    name: string,
    options: ReceiveOptions,
    waitSeconds: number,
    signal: AbortSignal,
  ): Promise<ReceivedMessage[]>;
  remove(name: string, receiptHandle: string): void;
  /** @returns false when the message is not in flight under this receipt */
  changeVisibility(name: string, receiptHandle: string, seconds: number): boolean;
  counts(name: string): { visible: number; inFlight: number; delayed: number };
  purge(name: string): void;
  /** Calls `wake` whenever a message may have become due, until the returned function is called. */
  watch(name: string, wake: () => void): () => void;
  close(): void;
}
