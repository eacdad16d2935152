import { AwsError } from '../aws/json-protocol.ts';
import { messageSize } from './message-attributes.ts';
import { invalidParameter, type QueueAttributes } from './queue-attributes.ts';
import type { OutgoingMessage } from './queue-core.ts';

/** Only the characters of XML 1.0 are allowed (SQS API reference, SendMessage). */
const FORBIDDEN_CHARACTERS = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;
const MAX_DELAY_SECONDS = 900;

/**
 * Checks a message by the attributes of its queue.
 *
 * @returns seconds until it can be received
 * @throws AwsError MissingParameter, InvalidMessageContents, InvalidParameterValue
 */
export function checkMessage(message: OutgoingMessage, queue: QueueAttributes): number {
  const { body, attributes, delaySeconds = queue.DelaySeconds } = message;
  if (body === '') throw new AwsError('MissingParameter', 'A message has a body of 1 character or more.');
  if (FORBIDDEN_CHARACTERS.test(body)) {
    throw new AwsError('InvalidMessageContents', 'The message has characters that are not allowed.');
  }
  const limit = queue.MaximumMessageSize;
  if (messageSize(body, attributes) > limit) {
    throw invalidParameter(`Message must be shorter than ${limit} bytes`);
  }
  if (!(delaySeconds >= 0 && delaySeconds <= MAX_DELAY_SECONDS)) {
    throw invalidParameter(`DelaySeconds must be >= 0 and <= ${MAX_DELAY_SECONDS}`);
  }
  return delaySeconds;
}
