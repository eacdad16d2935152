import * as z from 'zod';
import type { DeliveryOrder } from '../services/messages.ts';
import type { Services } from '../services/services.ts';
import { itemCodec } from '../store/codec.ts';
import { conditionally } from '../store/conditional.ts';
import { dueAttributes, minutesLater } from '../store/due.ts';
import { exists } from '../store/expressions.ts';
import type { Item } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { readPage } from '../store/paging.ts';
import { deliveriesOf, deliveryItem, requestDelivery, storeDeliveries } from './deliveries.ts';
import { eventTypes, type NotifiedEvent } from './events.ts';
import { subscriptionCodec } from './subscriptions.ts';

/** Subscriptions that one call reads: it stores and requests a delivery for each. */
const PAGE = 100;
/** The sweep repeats an interrupted call after this time. */
const LOST_MINUTES = 1;

const spreadCodec = itemCodec(
  1,
  z.object({
    type: z.enum(eventTypes),
    subject: z.string(),
    at: z.string(),
    workflowId: z.string(),
    announcement: z.object({ id: z.string(), text: z.string() }).optional(),
    /** The subscriptions up to here are done. */
    cursor: z.string().optional(),
  }),
);
type SpreadEvent = NotifiedEvent & { readonly type: (typeof eventTypes)[number] };

/** The item of an event that all subscribers of a workflow are told, for the transaction in which it happens. */
export function spreadItem({ now }: Pick<Services, 'now'>, event: SpreadEvent): Item {
  const due = dueAttributes(event.subject, minutesLater(now(), LOST_MINUTES));
  return { ...spreadCodec.write(keys.spreadEvent(event.workflowId, event.subject), event), ...due };
}

/**
 * Stores deliveries of such an event: to the webhooks, and for one page of subscribers. The next call continues behind it.
 * Repeatable, since no delivery is stored twice.
 */
export async function spread(services: Services, { ownerId, key: sk }: DeliveryOrder): Promise<void> {
  const { table, now } = services;
  const key = { pk: keys.webhooks(ownerId).pk, sk };
  const item = await table.get(key);
  if (!item) return;
  const { cursor, ...event } = spreadCodec.read(item);
  if (cursor === undefined) await storeDeliveries(services, await deliveriesOf(services, event));
  const page = await readPage(table, keys.subscriptions(ownerId), subscriptionCodec.read, {
    limit: PAGE,
    cursor,
  });
  const wanted = page.entries.filter(({ events }) => events.includes(event.type));
  await storeDeliveries(
    services,
    wanted.map(({ userId }) => deliveryItem(services, { userId }, event)),
  );
  if (page.nextCursor === undefined) return table.remove(key);
  const due = dueAttributes(event.subject, minutesLater(now(), LOST_MINUTES));
  await conditionally(table.update(key, { set: { cursor: page.nextCursor, ...due } }, exists));
  await requestDelivery(services, item);
}
