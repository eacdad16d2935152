import type * as z from 'zod';
import type { changeWebhookBody } from '../api/bodies.ts';
import type { Transport } from './transport.ts';

/** What is sent to webhooks and by mail. */
export type WebhookEvent = z.input<typeof changeWebhookBody>['events'][number];

/** Methods about webhooks, for organisers, and about mails to the caller. */
export const webhookMethods = ({ read, send }: Transport) => ({
  /** Lists webhooks. @example const webhooks = await client.workflows.webhooks(workflowId); */
  webhooks: async (workflowId: string) => (await read('webhooks:list', { params: { workflowId } })).webhooks,
  /**
   * Sends events to an address. Keep the secret: no other response has it.
   *
   * @example
   * const { id, secret } = await client.workflows.addWebhook(workflowId, 'https://example.org/hook', ['run.ended']);
   */
  addWebhook: (workflowId: string, url: string, events: readonly WebhookEvent[]) =>
    read('webhooks:create', { params: { workflowId }, json: { url, events: [...events] } }),
  /**
   * Changes which events a webhook sends, and switches it on again.
   *
   * @example
   * await client.workflows.changeWebhook(workflowId, webhook.id, ['postproc.failed']);
   */
  changeWebhook: (workflowId: string, webhookId: string, events: readonly WebhookEvent[]) =>
    read('webhooks:change', { params: { workflowId, webhookId }, json: { events: [...events] } }),
  /** Removes a webhook. @example await client.workflows.removeWebhook(workflowId, webhook.id); */
  removeWebhook: async (workflowId: string, webhookId: string) => {
    await send('webhooks:remove', { params: { workflowId, webhookId } });
  },
  /** Sends a test message. @example await client.workflows.testWebhook(workflowId, webhook.id); */
  testWebhook: (workflowId: string, webhookId: string) =>
    read('webhooks:test', { params: { workflowId, webhookId } }),
  /**
   * Lists the messages to a webhook of the last 30 days, the newest event first: one page.
   *
   * @example
   * const { deliveries, nextCursor } = await client.workflows.deliveries(workflowId, webhook.id);
   */
  deliveries: (
    workflowId: string,
    webhookId: string,
    { limit, cursor }: { limit?: number; cursor?: string } = {},
  ) =>
    read('webhooks:deliveries', {
      params: { workflowId, webhookId },
      query: { limit: limit?.toString(), cursor },
    }),
  /** The events about which you get mail. @example const events = await client.workflows.subscription(workflowId); */
  subscription: async (workflowId: string) =>
    (await read('subscription:get', { params: { workflowId } })).events,
  /**
   * Sets the events about which you get mail; an empty list ends the mails.
   *
   * @example
   * await client.workflows.subscribe(workflowId, ['run.ended']);
   */
  subscribe: async (workflowId: string, events: readonly WebhookEvent[]) =>
    (await read('subscription:set', { params: { workflowId }, json: { events: [...events] } })).events,
});
