import * as z from 'zod';
import { eventTypes } from '../notifications/events.ts';
import { nextCursor } from './answers.ts';

/** Responses of the routes for webhooks. */

const text = z.string();

export const webhook = z
  .object({
    id: text,
    url: text,
    events: z.array(z.enum(eventTypes)),
    createdAt: text,
    /** Since when every attempt fails. */
    failing: z.object({ since: text }).optional(),
    /** Since when nothing is sent, and why. */
    disabled: z.object({ since: text, reason: text }).optional(),
  })
  .meta({ id: 'Webhook' });

export const subscription = z.object({ events: z.array(z.enum(eventTypes)) }).meta({ id: 'Subscription' });

export const newWebhook = webhook
  .extend({
    /** The key by which messages are signed; no other response contains it. */
    secret: text,
  })
  .meta({ id: 'NewWebhook' });

export const webhookListing = z.object({ webhooks: z.array(webhook) }).meta({ id: 'WebhookListing' });

export const delivery = z
  .object({
    /** Also the header `webhook-id` of each attempt. */
    id: text,
    type: text,
    /** When the event happened. */
    at: text,
    run: z.object({ id: text, state: text }).optional(),
    state: z.enum(['waiting', 'delivered', 'failed']),
    attempts: z.number(),
    nextAttemptAt: text.optional(),
    /** The last attempt: the status of the response, or why there was none. */
    lastAttempt: z.object({ at: text, status: z.number().optional(), problem: text.optional() }).optional(),
    /** Why no attempt is made any more, if that is not the last attempt. */
    problem: text.optional(),
  })
  .meta({ id: 'WebhookDelivery' });

export const deliveryListing = z
  .object({ deliveries: z.array(delivery), nextCursor })
  .meta({ id: 'WebhookDeliveryListing' });
