import { type Key, META } from './key.ts';

/** Keys of webhooks and of what they send. */
export const webhookKeys = {
  /** The webhooks of a workflow, and their deliveries. */
  webhook: (ownerId: string, slot: number): Key => ({ pk: `WEBHOOKS#${ownerId}`, sk: `WEBHOOK#${slot}` }),
  webhooks: (ownerId: string) => ({ pk: `WEBHOOKS#${ownerId}`, prefix: 'WEBHOOK#' }),
  delivery: (ownerId: string, webhookId: string, at: string, deliveryId: string): Key => ({
    pk: `WEBHOOKS#${ownerId}`,
    sk: `DELIVERY#${webhookId}#${at}#${deliveryId}`,
  }),
  deliveries: (ownerId: string, webhookId: string) => ({
    pk: `WEBHOOKS#${ownerId}`,
    prefix: `DELIVERY#${webhookId}#`,
  }),
  /** An event whose deliveries are being stored. */
  spreadEvent: (ownerId: string, eventId: string): Key => ({
    pk: `WEBHOOKS#${ownerId}`,
    sk: `EVENT#${eventId}`,
  }),
  /** Which mails about a workflow a user wants, by workflow and by user. */
  subscription: (workflowId: string, userId: string): Key => ({
    pk: `SUBSCRIPTIONS#${workflowId}`,
    sk: userId,
  }),
  subscriptions: (workflowId: string) => ({ pk: `SUBSCRIPTIONS#${workflowId}`, prefix: '' }),
  subscribed: (userId: string, workflowId: string): Key => ({ pk: `SUBSCRIBED#${userId}`, sk: workflowId }),
  allSubscribed: (userId: string) => ({ pk: `SUBSCRIBED#${userId}`, prefix: '' }),
  /** Everything of the webhooks of a workflow, except their secrets. */
  allOfWebhooks: (ownerId: string) => ({ pk: `WEBHOOKS#${ownerId}`, prefix: '' }),
  /** The key by which a webhook signs, in a partition that only the function that signs reads. */
  webhookSecret: (webhookId: string): Key => ({ pk: `WEBHOOKSECRET#${webhookId}`, sk: META }),
} as const;
