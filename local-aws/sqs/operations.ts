import { AwsError, type Call, type JsonService } from '../aws/json-protocol.ts';
import { type MessageAttributes, md5, messageSize } from './message-attributes.ts';
import { describeAttributesMd5, describeMessage } from './message-view.ts';
import { inputs, MAX_ENTRIES, parseInput } from './operation-inputs.ts';
import {
  defaultAttributes,
  formatAttributes,
  MAX_MESSAGE_BYTES,
  parseAttributes,
} from './queue-attributes.ts';
import type { QueueCore } from './queue-core.ts';
import { isReceiptHandle } from './receive.ts';

/**
 * The operations of SQS on these queues. Unknown parameters are rejected, not ignored.
 * Source: SQS API reference.
 */
export function queueOperations(queues: QueueCore): JsonService['operations'] {
  return {
    CreateQueue(input) {
      const { QueueName, Attributes = {} } = parseInput(inputs.CreateQueue, input);
      return { QueueUrl: createQueue(queues, QueueName, Attributes) };
    },
    GetQueueUrl(input) {
      const { QueueName } = parseInput(inputs.GetQueueUrl, input);
      return { QueueUrl: queues.url(queues.find(QueueName).name) };
    },
    GetQueueAttributes(input) {
      const { QueueUrl, AttributeNames = [] } = parseInput(inputs.GetQueueAttributes, input);
      return { Attributes: describeQueue(queues, nameOf(QueueUrl), AttributeNames) };
    },
    PurgeQueue: (input) => queues.purge(nameOf(parseInput(inputs.PurgeQueue, input).QueueUrl)),
    SendMessage(input, call) {
      const { QueueUrl, ...outgoing } = parseInput(inputs.SendMessage, input);
      return sendOne(queues, nameOf(QueueUrl), outgoing, call);
    },
    SendMessageBatch(input, call) {
      const { QueueUrl, Entries } = parseInput(inputs.SendMessageBatch, input);
      const bytes = Entries.reduce(
        (sum, { MessageBody: body, MessageAttributes: attributes = {} }) =>
          sum + messageSize(body, attributes),
        0,
      );
      if (bytes > MAX_MESSAGE_BYTES) {
        throw new AwsError(
          'BatchRequestTooLong',
          `Batch requests cannot be longer than ${MAX_MESSAGE_BYTES} bytes.`,
        );
      }
      const name = queues.find(nameOf(QueueUrl)).name;
      return eachEntry(Entries, ({ Id: _id, ...outgoing }) => sendOne(queues, name, outgoing, call));
    },
    async ReceiveMessage(input, { signal }) {
      const request = parseInput(inputs.ReceiveMessage, input);
      const queue = queues.find(nameOf(request.QueueUrl));
      const messages = await queues.waitAndReceive(
        queue.name,
        { count: request.MaxNumberOfMessages, visibilityTimeout: request.VisibilityTimeout },
        request.WaitTimeSeconds ?? queue.attributes.ReceiveMessageWaitTimeSeconds,
        signal,
      );
      return messages.length === 0 ? {} : { Messages: messages.map((one) => describeMessage(one, request)) };
    },
    DeleteMessage(input) {
      const { QueueUrl, ReceiptHandle } = parseInput(inputs.DeleteMessage, input);
      queues.remove(nameOf(QueueUrl), receipt(ReceiptHandle));
    },
    DeleteMessageBatch(input) {
      const { QueueUrl, Entries } = parseInput(inputs.DeleteMessageBatch, input);
      const name = queues.find(nameOf(QueueUrl)).name;
      return eachEntry(Entries, ({ ReceiptHandle }) => {
        queues.remove(name, receipt(ReceiptHandle));
        return {};
      });
    },
    ChangeMessageVisibility(input) {
      const { QueueUrl, ReceiptHandle, VisibilityTimeout } = parseInput(
        inputs.ChangeMessageVisibility,
        input,
      );
      const changed = queues.changeVisibility(nameOf(QueueUrl), receipt(ReceiptHandle), VisibilityTimeout);
      if (!changed) throw new AwsError('MessageNotInflight', 'The message is not in flight.');
    },
  };
}

/** A queue URL ends with the account and the name. Its host is ignored, as in SQS. */
function nameOf(queueUrl: string): string {
  return URL.parse(queueUrl)?.pathname.split('/').at(-1) ?? '';
}

function receipt(text: string): string {
  if (isReceiptHandle(text)) return text;
  throw new AwsError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.');
}

/** A second CreateQueue returns the same URL if its attributes equal those of the queue. */
function createQueue(queues: QueueCore, name: string, given: Readonly<Record<string, string>>): string {
  try {
    const present = formatAttributes(queues.find(name).attributes);
    const asked = formatAttributes({ ...defaultAttributes, ...parseAttributes(given) });
    const differing = Object.keys(given).find((key) => present[key] !== asked[key]);
    if (!differing) return queues.url(name);
    throw new AwsError(
      'QueueNameExists',
      `A queue already exists with the same name and a different value for attribute ${differing}`,
    );
  } catch (error) {
    if (error instanceof AwsError && error.code === 'QueueDoesNotExist') return queues.ensure(name, given);
    throw error;
  }
}

function describeQueue(queues: QueueCore, name: string, wanted: readonly string[]) {
  const { attributes, created, modified } = queues.find(name);
  const { visible, inFlight, delayed } = queues.counts(name);
  const all: Record<string, string> = {
    ...formatAttributes(attributes),
    QueueArn: queues.arn(name),
    CreatedTimestamp: String(Math.floor(created / 1000)),
    LastModifiedTimestamp: String(Math.floor(modified / 1000)),
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
  };
  if (wanted.includes('All')) return all;
  return Object.fromEntries(Object.entries(all).filter(([key]) => wanted.includes(key)));
}

interface SendInput {
  readonly MessageBody: string;
  readonly DelaySeconds?: number | undefined;
  readonly MessageAttributes?: MessageAttributes | undefined;
}

function sendOne(
  queues: QueueCore,
  name: string,
  { MessageBody: body, DelaySeconds: delaySeconds, MessageAttributes: attributes = {} }: SendInput,
  { accessKeyId: sender }: Call,
) {
  const MessageId = queues.sendMessage(name, { body, attributes, sender, delaySeconds });
  return {
    MessageId,
    MD5OfMessageBody: md5(body),
    ...describeAttributesMd5(attributes),
  };
}

/** Entries succeed and fail one by one. Only a malformed batch is rejected as a whole. */
function eachEntry<T extends { readonly Id: string }>(entries: readonly T[], work: (entry: T) => object) {
  if (entries.length === 0) throw new AwsError('EmptyBatchRequest', 'There should be at least one entry.');
  if (entries.length > MAX_ENTRIES) {
    throw new AwsError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request is ${MAX_ENTRIES}.`,
    );
  }
  if (!entries.every(({ Id }) => /^[A-Za-z0-9_-]{1,80}$/.test(Id))) {
    throw new AwsError(
      'InvalidBatchEntryId',
      'A batch entry id has 1 to 80 letters, digits, hyphens, underscores.',
    );
  }
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
    throw new AwsError('BatchEntryIdsNotDistinct', 'Two entries have the same id.');
  }
  const Successful: object[] = [];
  const Failed: object[] = [];
  for (const entry of entries) {
    try {
      Successful.push({ Id: entry.Id, ...work(entry) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      Failed.push({ Id: entry.Id, Code: error.code, Message: error.message, SenderFault: true });
    }
  }
  return { Successful, ...(Failed.length > 0 ? { Failed } : {}) };
}
