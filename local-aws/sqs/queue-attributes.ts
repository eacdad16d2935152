import * as z from 'zod';
import { AwsError } from '../aws/json-protocol.ts';

/** 1 MiB: the maximum size of a message, and of all messages of a batch (SQS API reference, CreateQueue). */
export const MAX_MESSAGE_BYTES = 1_048_576;

/** Moves a message to a dead-letter queue after too many receives. */
interface RedrivePolicy {
  readonly deadLetterTargetArn: string;
  readonly maxReceiveCount: number;
}

/** Settings of a queue; times in seconds, sizes in bytes. */
export interface QueueAttributes {
  readonly VisibilityTimeout: number;
  readonly DelaySeconds: number;
  readonly MessageRetentionPeriod: number;
  readonly MaximumMessageSize: number;
  readonly ReceiveMessageWaitTimeSeconds: number;
  readonly RedrivePolicy?: RedrivePolicy | undefined;
}

/** Minimum, maximum and default of each attribute (SQS API reference, CreateQueue). */
const RANGES = {
  VisibilityTimeout: { min: 0, max: 43_200, initial: 30 },
  DelaySeconds: { min: 0, max: 900, initial: 0 },
  MessageRetentionPeriod: { min: 60, max: 1_209_600, initial: 345_600 },
  MaximumMessageSize: { min: 1024, max: MAX_MESSAGE_BYTES, initial: MAX_MESSAGE_BYTES },
  ReceiveMessageWaitTimeSeconds: { min: 0, max: 20, initial: 0 },
} as const;

type NumberName = keyof typeof RANGES;
const NUMBER_NAMES = [
  'VisibilityTimeout',
  'DelaySeconds',
  'MessageRetentionPeriod',
  'MaximumMessageSize',
  'ReceiveMessageWaitTimeSeconds',
] as const satisfies readonly NumberName[];

const redrivePolicy = z.object({
  deadLetterTargetArn: z.string().regex(/^arn:aws:sqs:[^:]+:\d{12}:[A-Za-z0-9_-]{1,80}$/),
  maxReceiveCount: z.coerce.number().int().min(1).max(1000),
});

/** Attributes in stored form: as numbers, with the policy as an object. */
export const storedAttributes: z.ZodType<QueueAttributes> = z.object({
  VisibilityTimeout: z.number(),
  DelaySeconds: z.number(),
  MessageRetentionPeriod: z.number(),
  MaximumMessageSize: z.number(),
  ReceiveMessageWaitTimeSeconds: z.number(),
  RedrivePolicy: redrivePolicy.optional(),
});

export const defaultAttributes: QueueAttributes = {
  VisibilityTimeout: RANGES.VisibilityTimeout.initial,
  DelaySeconds: RANGES.DelaySeconds.initial,
  MessageRetentionPeriod: RANGES.MessageRetentionPeriod.initial,
  MaximumMessageSize: RANGES.MaximumMessageSize.initial,
  ReceiveMessageWaitTimeSeconds: RANGES.ReceiveMessageWaitTimeSeconds.initial,
};

/**
 * Parses attributes in the form of the API: text by name. An empty policy removes the policy.
 *
 * @throws AwsError InvalidAttributeName for an unsupported attribute (such as FIFO and encryption),
 *   InvalidAttributeValue for a value out of range
 */
export function parseAttributes(given: Readonly<Record<string, string>>): Partial<QueueAttributes> {
  const parsed: { -readonly [Name in keyof QueueAttributes]?: QueueAttributes[Name] } = {};
  for (const [name, text] of Object.entries(given)) {
    const numberName = NUMBER_NAMES.find((known) => known === name);
    if (numberName) parsed[numberName] = parseNumber(numberName, text);
    else if (name === 'RedrivePolicy') parsed.RedrivePolicy = text === '' ? undefined : parsePolicy(text);
    else throw new AwsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
  }
  return parsed;
}

function parseNumber(name: NumberName, text: string): number {
  const { min, max } = RANGES[name];
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) {
    throw new AwsError('InvalidAttributeValue', `Invalid value for the parameter ${name}: ${min} to ${max}.`);
  }
  return value;
}

function parsePolicy(text: string): RedrivePolicy {
  try {
    return redrivePolicy.parse(JSON.parse(text));
  } catch {
    throw new AwsError(
      'InvalidAttributeValue',
      'RedrivePolicy must be JSON with deadLetterTargetArn and a maxReceiveCount from 1 to 1000.',
    );
  }
}

/** Attributes in the form of the API. */
export function formatAttributes(attributes: QueueAttributes): Record<string, string> {
  const { RedrivePolicy } = attributes;
  return {
    ...Object.fromEntries(NUMBER_NAMES.map((name) => [name, String(attributes[name])])),
    ...(RedrivePolicy ? { RedrivePolicy: JSON.stringify(RedrivePolicy) } : {}),
  };
}

/** 400 InvalidParameterValue, with SQS's message. */
export function invalidParameter(reason: string): AwsError {
  return new AwsError('InvalidParameterValue', `One or more parameters are invalid. Reason: ${reason}.`);
}
