import * as z from 'zod';
import { AwsError } from '../aws/json-protocol.ts';
import { messageAttributes } from './message-attributes.ts';

/** Maximum entries of a batch request and messages of a receive (SQS Developer Guide, message quotas). */
export const MAX_ENTRIES = 10;

const ofQueue = { QueueUrl: z.string() };
const message = {
  MessageBody: z.string(),
  DelaySeconds: z.number().int().optional(),
  MessageAttributes: messageAttributes.optional(),
};
const visibilityTimeout = z.number().int().min(0).max(43_200);
const names = z.array(z.string()).optional();
const entryId = z.string();

/** Inputs of the operations by name (SQS API reference). */
export const inputs = {
  CreateQueue: z.strictObject({
    QueueName: z.string(),
    Attributes: z.record(z.string(), z.string()).optional(),
    tags: z.record(z.string(), z.string()).optional(),
  }),
  GetQueueUrl: z.strictObject({ QueueName: z.string() }),
  GetQueueAttributes: z.strictObject({ ...ofQueue, AttributeNames: names }),
  PurgeQueue: z.strictObject(ofQueue),
  SendMessage: z.strictObject({ ...ofQueue, ...message }),
  SendMessageBatch: z.strictObject({
    ...ofQueue,
    Entries: z.array(z.strictObject({ Id: entryId, ...message })),
  }),
  ReceiveMessage: z.strictObject({
    ...ofQueue,
    AttributeNames: names,
    MessageSystemAttributeNames: names,
    MessageAttributeNames: names,
    MaxNumberOfMessages: z.number().int().min(1).max(MAX_ENTRIES).default(1),
    VisibilityTimeout: visibilityTimeout.optional(),
    WaitTimeSeconds: z.number().int().min(0).max(20).optional(),
  }),
  DeleteMessage: z.strictObject({ ...ofQueue, ReceiptHandle: z.string() }),
  DeleteMessageBatch: z.strictObject({
    ...ofQueue,
    Entries: z.array(z.strictObject({ Id: entryId, ReceiptHandle: z.string() })),
  }),
  ChangeMessageVisibility: z.strictObject({
    ...ofQueue,
    ReceiptHandle: z.string(),
    VisibilityTimeout: visibilityTimeout,
  }),
};

/**
 * Parses an input.
 *
 * @throws AwsError MissingParameter or InvalidParameterValue, with the first member that is not valid
 */
export function parseInput<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const parsed = schema.safeParse(input, { reportInput: true });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const missing = issue?.code === 'invalid_type' && issue.input === undefined;
  throw new AwsError(
    missing ? 'MissingParameter' : 'InvalidParameterValue',
    `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`,
  );
}
