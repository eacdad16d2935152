import { createHash } from 'node:crypto';
import * as z from 'zod';
import { epochSeconds, newId, timestamp } from '../ids.ts';
import { logError } from '../log.ts';
import type { Services } from '../services/services.ts';
import { itemCodec } from '../store/codec.ts';
import { conditionally } from '../store/conditional.ts';
import { dueAttributes, minutesLater } from '../store/due.ts';
import { absent } from '../store/expressions.ts';
import type { Item } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { type Page, type PageRequest, readPage } from '../store/paging.ts';
import type { NotifiedEvent } from './events.ts';
import { findWebhook, listWebhooks, type Webhook } from './webhooks.ts';

/** Days for which deliveries are listed. */
const KEPT_DAYS = 30;
/** The sweep requests the first attempt after this time, if the message that requests it was lost. */
const LOST_MINUTES = 1;

const deliverySchema = z.object({
  /** The same for each attempt, so that the receiver recognises a message that it has. */
  id: z.string(),
  /** Absent for a mail. */
  webhookId: z.string().optional(),
  /** The user who gets a mail; absent for a webhook. */
  userId: z.string().optional(),
  type: z.string(),
  /** When the event happened. */
  at: z.string(),
  workflowId: z.string(),
  groupId: z.string().optional(),
  run: z.object({ id: z.string(), state: z.string(), rescoredFrom: z.string().optional() }).optional(),
  announcement: z.object({ id: z.string(), text: z.string() }).optional(),
  state: z.enum(['waiting', 'delivered', 'failed']),
  /** Attempts that began. */
  attempts: z.number(),
  /** No attempt is made before this time. */
  nextAttemptAt: z.string().optional(),
  /** The last attempt: the status of the response, or why there was none. */
  lastAttempt: z
    .object({ at: z.string(), status: z.number().optional(), problem: z.string().optional() })
    .optional(),
  /** Why no attempt is made any more, if that is not the last attempt. */
  problem: z.string().optional(),
  /** Epoch seconds. */
  ttl: z.number(),
});
/** A message about one event to one webhook, or by mail to one user. */
export type Delivery = z.infer<typeof deliverySchema>;
export const deliveryCodec = itemCodec(1, deliverySchema);

/** Whether a webhook gets messages about an event. */
const wants = ({ events, disabled }: Webhook, { type }: NotifiedEvent): boolean =>
  disabled === undefined && (type === 'webhook.test' || events.includes(type));

/**
 * The deliveries of an event to the webhooks of its workflow that want it, and by mail to users, to be stored. Their keys
 * follow from the event and the receiver, so that a repetition adds nothing.
 *
 * @param userIds users who get a mail
 */
export async function deliveriesOf(
  services: Services,
  event: NotifiedEvent,
  userIds: readonly string[] = [],
): Promise<Item[]> {
  const webhooks = await listWebhooks(services, event.workflowId);
  return [
    ...webhooks
      .filter((webhook) => wants(webhook, event))
      .map(({ id: webhookId }) => deliveryItem(services, { webhookId }, event)),
    ...userIds.map((userId) => deliveryItem(services, { userId }, event)),
  ];
}

/** Stores deliveries of an event, and requests them. Repeatable. */
export async function storeDeliveries(services: Services, items: readonly Item[]): Promise<void> {
  for (const item of items) {
    const added = await conditionally(services.table.put(item, absent));
    if (added) await requestDelivery(services, item);
  }
}

/**
 * Sends a test to a webhook, whatever events it sends otherwise.
 *
 * @throws FlowservError 404
 */
export async function testWebhook(services: Services, workflowId: string, id: string): Promise<Delivery> {
  await findWebhook(services, workflowId, id);
  const at = timestamp(services.now());
  const test = { type: 'webhook.test', subject: newId(), at, workflowId } as const;
  const item = deliveryItem(services, { webhookId: id }, test);
  await services.table.put(item, absent);
  await requestDelivery(services, item);
  return deliveryCodec.read(item);
}

export function deliveryItem(
  { now }: Services,
  receiver: { readonly webhookId: string } | { readonly userId: string },
  { subject, ...event }: NotifiedEvent,
): Item {
  const { type, at, workflowId } = event;
  const name = 'userId' in receiver ? `mail-${receiver.userId}` : receiver.webhookId;
  const id = createHash('sha256').update(`${type}#${subject}#${name}`).digest('hex').slice(0, 32);
  const ttl = epochSeconds(now()) + KEPT_DAYS * 86_400;
  const delivery: Delivery = { id, ...receiver, ...event, state: 'waiting', attempts: 0, ttl };
  const due = dueAttributes(id, minutesLater(now(), LOST_MINUTES));
  return { ...deliveryCodec.write(keys.delivery(workflowId, name, at, id), delivery), ...due };
}

/** Requests what is stored and due: if that fails, the sweep repeats it. */
export async function requestDelivery(
  { messages, config }: Services,
  { sk, workflowId }: Item,
): Promise<void> {
  if (config.notifyQueueUrl === undefined) return;
  const order = { ownerId: String(workflowId), key: sk };
  try {
    await messages.delivery(order);
  } catch (error) {
    logError('a delivery was not requested immediately', { ...order }, error);
  }
}

/** Lists the deliveries of a webhook, the newest event first. */
export const listDeliveries = (
  { table }: Pick<Services, 'table'>,
  ownerId: string,
  webhookId: string,
  page?: PageRequest,
): Promise<Page<Delivery>> =>
  readPage(table, keys.deliveries(ownerId, webhookId), deliveryCodec.read, page, { descending: true });
