import * as z from 'zod';
import { invalid, unknownObject } from '../errors.ts';
import { timestamp } from '../ids.ts';
import { isMailAddress } from '../services/mailer.ts';
import type { Services } from '../services/services.ts';
import { itemCodec } from '../store/codec.ts';
import { conditionally } from '../store/conditional.ts';
import { alive } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { MAX_PAGE } from '../store/paging.ts';
import type { Caller } from '../users/sessions.ts';
import { type EventType, eventTypes } from './events.ts';

const subscriptionSchema = z.object({
  userId: z.string(),
  workflowId: z.string(),
  /** The user's name, which is a mail address. */
  address: z.string(),
  events: z.array(z.enum(eventTypes)),
  since: z.string(),
});
/** Which mails about a workflow a user wants. */
type Subscription = z.infer<typeof subscriptionSchema>;
export const subscriptionCodec = itemCodec(1, subscriptionSchema);
const subscribedCodec = itemCodec(1, z.object({ workflowId: z.string() }));

/** The events about which a user gets mail: none unless the user asked for it. */
export async function readSubscription(
  { table }: Services,
  workflowId: string,
  userId: string,
): Promise<readonly EventType[]> {
  return subscriptionCodec.readMaybe(await table.get(keys.subscription(workflowId, userId)))?.events ?? [];
}

/**
 * Sets the events about which a user gets mail.
 *
 * @returns these events, in their usual order
 * @throws FlowservError 400 if the stage sends no mail, or the user's name is no mail address; 404 if the workflow was
 *   deleted
 */
export async function subscribe(
  services: Services,
  { id: userId, name: address }: NonNullable<Caller>,
  workflowId: string,
  wanted: readonly EventType[],
): Promise<readonly EventType[]> {
  const { table, now, config } = services;
  const events = eventTypes.filter((type) => wanted.includes(type));
  if (events.length === 0) {
    await unsubscribe(services, workflowId, userId);
    return [];
  }
  if (!config.notificationMail) throw invalid('subscription.mail', 'this server sends no mail');
  if (!isMailAddress(address))
    throw invalid(
      'subscription.mail',
      `mail is sent to users whose name is a mail address, unlike '${address}'`,
    );
  const subscription: Subscription = { userId, workflowId, address, events, since: timestamp(now()) };
  const written = await conditionally(
    table.transact([
      table.write.check(keys.workflow(workflowId), alive),
      table.write.put(subscriptionCodec.write(keys.subscription(workflowId, userId), subscription)),
      table.write.put(subscribedCodec.write(keys.subscribed(userId, workflowId), { workflowId })),
    ]),
  );
  if (!written) throw unknownObject('workflow', workflowId);
  return events;
}

const unsubscribe = ({ table }: Services, workflowId: string, userId: string): Promise<void> =>
  table.transact([
    table.write.remove(keys.subscription(workflowId, userId)),
    table.write.remove(keys.subscribed(userId, workflowId)),
  ]);

/** The workflows about which a user gets mail, at most 1,000 of them, with the events. */
export async function listSubscriptions({ table }: Services, userId: string) {
  const items = await table.list(keys.allSubscribed(userId), { limit: MAX_PAGE });
  const workflows = items.map((item) => subscribedCodec.read(item).workflowId);
  const found = await table.getMany(workflows.map((workflowId) => keys.subscription(workflowId, userId)));
  return found.map((item) => {
    const { workflowId, events } = subscriptionCodec.read(item);
    return { workflow: workflowId, events: [...events] };
  });
}

/** Ends all mails to a user. */
export async function unsubscribeAll(services: Services, userId: string): Promise<void> {
  for await (const item of services.table.range(keys.allSubscribed(userId))) {
    await unsubscribe(services, subscribedCodec.read(item).workflowId, userId);
  }
}

/** Those of some users who get mail about an event of this type. */
export async function subscribersAmong(
  { table }: Services,
  workflowId: string,
  userIds: readonly string[],
  type: EventType,
): Promise<string[]> {
  const items = await table.getMany(userIds.map((userId) => keys.subscription(workflowId, userId)));
  return items
    .map(subscriptionCodec.read)
    .filter(({ events }) => events.includes(type))
    .map(({ userId }) => userId);
}
