import { attributesMd5, type MessageAttributes, md5 } from './message-attributes.ts';
import type { ReceivedMessage } from './receive.ts';

/** The attributes that a receiver requested. */
interface WantedAttributes {
  readonly AttributeNames?: readonly string[] | undefined;
  readonly MessageSystemAttributeNames?: readonly string[] | undefined;
  readonly MessageAttributeNames?: readonly string[] | undefined;
}

/** A message as ReceiveMessage returns it. */
export function describeMessage(received: ReceivedMessage, request: WantedAttributes) {
  const { AttributeNames = [], MessageSystemAttributeNames = [], MessageAttributeNames = [] } = request;
  const wanted = new Set([...AttributeNames, ...MessageSystemAttributeNames]);
  const Attributes = Object.fromEntries(
    Object.entries(systemAttributes(received)).filter(([key]) => wanted.has('All') || wanted.has(key)),
  );
  const attributes = Object.fromEntries(
    Object.entries(received.attributes).filter(([key]) =>
      MessageAttributeNames.some((name) => covers(name, key)),
    ),
  );
  return {
    MessageId: received.messageId,
    ReceiptHandle: received.receiptHandle,
    Body: received.body,
    MD5OfBody: md5(received.body),
    ...(Object.keys(Attributes).length > 0 ? { Attributes } : {}),
    ...(Object.keys(attributes).length > 0 ? { MessageAttributes: attributes } : {}),
    ...describeAttributesMd5(attributes),
  };
}

/** Whether a pattern matches a name. A pattern is `All`, `.*`, a name, or `prefix.*`. */
function covers(pattern: string, name: string): boolean {
  if (pattern === 'All' || pattern === name) return true;
  return pattern.endsWith('.*') && name.startsWith(pattern.slice(0, -2));
}

/** The system attributes of a message, all as text; times in milliseconds since the epoch. */
export function systemAttributes(received: ReceivedMessage): Record<string, string> {
  return {
    ApproximateReceiveCount: String(received.receiveCount),
    SentTimestamp: String(received.sent),
    SenderId: received.sender,
    ApproximateFirstReceiveTimestamp: String(received.firstReceived),
    ...(received.deadLetterSource ? { DeadLetterQueueSourceArn: received.deadLetterSource } : {}),
  };
}

/** The digest of the attributes; empty if a message has no attributes. */
export function describeAttributesMd5(attributes: MessageAttributes): Record<string, string> {
  return Object.keys(attributes).length === 0 ? {} : { MD5OfMessageAttributes: attributesMd5(attributes) };
}
