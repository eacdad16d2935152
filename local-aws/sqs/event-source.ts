import * as z from 'zod';
import { md5 } from './message-attributes.ts';
import { systemAttributes } from './message-view.ts';
import type { Queues } from './queues.ts';
import type { ReceivedMessage } from './receive.ts';

/** An event of a function has at most 6 MB (Lambda quotas, invocation payload); the rest is for the envelope. */
const MAX_BATCH_BYTES = 5 * 1024 * 1024;
/** Time until the next attempt after messages could not be received, as on a full disk. */
const RETRY_MS = 1_000;

export interface QueuePollerOptions {
  /** The queues of `createQueues`. */
  readonly queues: Queues;
  /** Name of the queue to poll. */
  readonly queueName: string;
  /** Maximum number of messages per invocation, 1 to 10. */
  readonly batchSize: number;
  /** Maximum number of concurrent invocations. */
  readonly maxConcurrency: number;
  /** Calls the function with an SQS event and resolves to its result. */
  readonly invoke: (event: { readonly Records: readonly SqsRecord[] }) => Promise<unknown>;
  /** Called for every failed invocation; its messages are received again automatically. No-op by default. */
  readonly onFailure?: (error: unknown) => void;
}

/** A poller that calls a function with the messages of a queue. */
export interface QueuePoller {
  /** Stops receiving messages, and resolves when the running invocations ended. */
  close(): Promise<void>;
}

/** One message in the event that Lambda passes to a function. */
export interface SqsRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageAttributes: Readonly<Record<string, unknown>>;
  readonly md5OfBody: string;
  readonly eventSource: 'aws:sqs';
  readonly eventSourceARN: string;
  readonly awsRegion: string;
}

/**
 * Calls a function with the messages of a queue, as Lambda's event source mapping does. Deletes the messages that the
 * function processed. Messages in `batchItemFailures`, and all messages of a failed invocation, are received again
 * after the queue's visibility timeout, and move to the dead-letter queue in the end. A message is received as soon as
 * it is due; an idle queue costs nothing.
 * Source: Lambda Developer Guide, "Using Lambda with Amazon SQS".
 *
 * @throws AwsError QueueDoesNotExist
 */
export function startQueuePoller(options: QueuePollerOptions): QueuePoller {
  const { queues, queueName, batchSize, maxConcurrency } = options;
  const running = new Set<Promise<void>>();
  let closed = false;
  let retry: NodeJS.Timeout | undefined;

  function pump(): void {
    clearTimeout(retry);
    try {
      takeBatches();
    } catch (error) {
      options.onFailure?.(error);
      retry = setTimeout(pump, RETRY_MS).unref();
    }
  }

  function takeBatches(): void {
    while (!closed && running.size < maxConcurrency) {
      const messages = queues.receive(queueName, { count: batchSize, bytes: MAX_BATCH_BYTES });
      if (messages.length === 0) return;
      const work = handleBatch(options, messages).finally(() => {
        running.delete(work);
        pump();
      });
      running.add(work);
    }
  }

  queues.find(queueName);
  const stopWatching = queues.watch(queueName, pump);
  return {
    async close() {
      closed = true;
      clearTimeout(retry);
      stopWatching();
      await Promise.all(running);
    },
  };
}

async function handleBatch(options: QueuePollerOptions, messages: readonly ReceivedMessage[]): Promise<void> {
  const { queues, queueName, invoke, onFailure } = options;
  const arn = queues.arn(queueName);
  try {
    const response = await invoke({
      Records: messages.map((message) => toRecord(message, arn, queues.region)),
    });
    const failed = failedIds(response, messages);
    for (const { messageId, receiptHandle } of messages) {
      if (!failed.has(messageId)) queues.remove(queueName, receiptHandle);
    }
  } catch (error) {
    onFailure?.(error);
  }
}

const batchResponse = z.object({
  batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })).nullish(),
});

/**
 * Returns the ids of the messages that the function did not process. No result, or a result without failures, means
 * that all succeeded. A malformed result, or one with the id of a message of another batch, means that all failed.
 * Source: Lambda Developer Guide, "Handling errors for an SQS event source", partial batch responses.
 */
function failedIds(response: unknown, messages: readonly ReceivedMessage[]): Set<string> {
  const known = new Set(messages.map(({ messageId }) => messageId));
  if (typeof response !== 'object' || response === null) return new Set();
  const parsed = batchResponse.safeParse(response);
  if (!parsed.success) return known;
  const failed = (parsed.data.batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier);
  return failed.every((id) => known.has(id)) ? new Set(failed) : known;
}

function toRecord(message: ReceivedMessage, eventSourceARN: string, awsRegion: string): SqsRecord {
  const { messageId, receiptHandle, body, attributes } = message;
  const messageAttributes = Object.fromEntries(
    Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
      name,
      {
        ...(StringValue === undefined ? {} : { stringValue: StringValue }),
        ...(BinaryValue === undefined ? {} : { binaryValue: BinaryValue }),
        stringListValues: [],
        binaryListValues: [],
        dataType: DataType,
      },
    ]),
  );
  return {
    messageId,
    receiptHandle,
    body,
    attributes: systemAttributes(message),
    messageAttributes,
    md5OfBody: md5(body),
    eventSource: 'aws:sqs',
    eventSourceARN,
    awsRegion,
  };
}
