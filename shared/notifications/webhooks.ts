import * as z from 'zod';
import { invalid, unknownObject } from '../errors.ts';
import { newId, timestamp } from '../ids.ts';
import { type Actor, auditWrite } from '../roles/audit.ts';
import type { Services } from '../services/services.ts';
import { itemCodec } from '../store/codec.ts';
import { conditionally } from '../store/conditional.ts';
import { absent, alive, hasId } from '../store/expressions.ts';
import { type Key, keys } from '../store/keys.ts';
import { findWorkflow } from '../workflows/workflow.ts';
import { type EventType, eventTypes } from './events.ts';
import { newWebhookSecret } from './signature.ts';
import { checkUrl } from './webhook-url.ts';

/** Maximum number of webhooks of a workflow: each end of a run writes a delivery for each of them. */
const MAX_WEBHOOKS = 5;

const webhookSchema = z.object({
  id: z.string(),
  /** May contain a secret of the receiver: only organisers read it, and no log has it. */
  url: z.string(),
  events: z.array(z.enum(eventTypes)),
  createdAt: z.string(),
  /** Since when every attempt fails, and before which time none is made. */
  failing: z.object({ since: z.string(), until: z.string() }).optional(),
  /** Since when nothing is sent, and why. */
  disabled: z.object({ since: z.string(), reason: z.string() }).optional(),
});
export type Webhook = z.infer<typeof webhookSchema>;
const webhookCodec = itemCodec(1, webhookSchema);

/** The key by which messages of a webhook are signed. Only the function that sends them reads it. */
export const secretCodec = itemCodec(1, z.object({ secret: z.string() }));

/** A webhook and its key in the table. */
export interface StoredWebhook extends Webhook {
  readonly key: Key;
}

/** Lists the webhooks of a workflow, the oldest first. */
export async function listWebhooks(
  { table }: Pick<Services, 'table'>,
  workflowId: string,
): Promise<StoredWebhook[]> {
  const items = await table.list(keys.webhooks(workflowId));
  return items
    .map((item) => ({ ...webhookCodec.read(item), key: { pk: item.pk, sk: item.sk } }))
    .toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0));
}

/** @throws FlowservError 404 */
export async function findWebhook(
  services: Pick<Services, 'table'>,
  workflowId: string,
  id: string,
): Promise<StoredWebhook> {
  const webhook = (await listWebhooks(services, workflowId)).find((one) => one.id === id);
  if (!webhook) throw unknownObject('webhook', id);
  return webhook;
}

/** What a webhook is about, for the audit list: without the path of its address, which may be a secret. */
const detailOf = (url: string, events: readonly EventType[]) =>
  `${new URL(url).origin} (${events.join(', ')})`;

/**
 * Creates a webhook of a workflow. Each takes one of a fixed number of slots, so that concurrent requests cannot exceed
 * the limit.
 *
 * @returns the webhook, and the key by which its messages are signed, which no response has again
 * @throws FlowservError 400 for an address that cannot be used or too many webhooks, 404 if the workflow was deleted
 */
export async function addWebhook(
  services: Services,
  actor: Actor,
  workflowId: string,
  input: { readonly url: string; readonly events: readonly EventType[] },
): Promise<{ readonly webhook: Webhook; readonly secret: string }> {
  const { table, now, config } = services;
  const url = checkUrl(config, input.url);
  const events = eventTypes.filter((type) => input.events.includes(type));
  const webhook: Webhook = { id: newId(), url, events, createdAt: timestamp(now()) };
  const secret = newWebhookSecret();
  const taken = new Set((await table.list(keys.webhooks(workflowId))).map(({ sk }) => sk));
  for (let slot = 0; slot < MAX_WEBHOOKS; slot += 1) {
    const key = keys.webhook(workflowId, slot);
    if (taken.has(key.sk)) continue;
    const written = await conditionally(
      table.transact([
        table.write.check(keys.workflow(workflowId), alive),
        table.write.put(webhookCodec.write(key, webhook), absent),
        table.write.put(secretCodec.write(keys.webhookSecret(webhook.id), { secret })),
        auditWrite(services, workflowId, {
          actor,
          action: 'webhook.create',
          object: { type: 'webhook', id: webhook.id },
          detail: detailOf(url, events),
        }),
      ]),
    );
    if (written) return { webhook, secret };
    // The workflow was deleted, or another request took the slot.
    await findWorkflow(services, workflowId);
  }
  throw invalid('webhook.limit', `a workflow has at most ${MAX_WEBHOOKS} webhooks; remove one of them first`);
}

/**
 * Changes which events a webhook sends, and enables one that was switched off.
 *
 * @throws FlowservError 404
 */
export async function changeWebhook(
  services: Services,
  actor: Actor,
  workflowId: string,
  id: string,
  events: readonly EventType[],
): Promise<Webhook> {
  const { table } = services;
  const { key, ...webhook } = await findWebhook(services, workflowId, id);
  const changed = eventTypes.filter((type) => events.includes(type));
  const written = await conditionally(
    table.transact([
      table.write.update(key, { set: { events: changed }, remove: ['failing', 'disabled'] }, hasId(id)),
      auditWrite(services, workflowId, {
        actor,
        action: 'webhook.change',
        object: { type: 'webhook', id },
        detail: detailOf(webhook.url, changed),
      }),
    ]),
  );
  if (!written) throw unknownObject('webhook', id);
  const { failing, disabled, ...rest } = webhook;
  return { ...rest, events: changed };
}

/** Removes a webhook and its key; deliveries that wait are not made. @throws FlowservError 404 */
export async function removeWebhook(
  services: Services,
  actor: Actor,
  workflowId: string,
  id: string,
): Promise<void> {
  const { table } = services;
  const { key, url, events } = await findWebhook(services, workflowId, id);
  const removed = await conditionally(
    table.transact([
      table.write.remove(key, hasId(id)),
      table.write.remove(keys.webhookSecret(id)),
      auditWrite(services, workflowId, {
        actor,
        action: 'webhook.remove',
        object: { type: 'webhook', id },
        detail: detailOf(url, events),
      }),
    ]),
  );
  if (!removed) throw unknownObject('webhook', id);
}
