import { timestamp } from '../ids.ts';
import { logWarning } from '../log.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { minutesLater } from '../store/due.ts';
import { all, type Change, type Condition, hasId } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import type { Delivery } from './deliveries.ts';
import { messageText } from './events.ts';
import { postJson } from './post.ts';
import type { Attempted, Receiver } from './receiver.ts';
import { signedHeaders } from './signature.ts';
import { listWebhooks, type StoredWebhook, secretCodec, type Webhook } from './webhooks.ts';

/** A webhook whose last attempt failed is tried once in this time, whatever the number of its deliveries. */
const FAILING_MINUTES = 1;
/** A webhook is switched off when all attempts failed for this time. */
export const MAX_FAILING_DAYS = 3;
/** By this status a receiver says that it wants no messages any more (Standard Webhooks). */
const GONE = 410;

const REMOVED = 'the webhook was removed';

/** A webhook of a workflow. */
export async function webhookReceiver(
  services: Services,
  delivery: Delivery,
  webhookId: string,
): Promise<Receiver> {
  const webhook = (await listWebhooks(services, delivery.workflowId)).find(({ id }) => id === webhookId);
  if (!webhook) return { gone: REMOVED };
  if (webhook.disabled) return { gone: 'the webhook is switched off' };
  return {
    waitsUntil: webhook.failing?.until,
    attempt: () => send(services, webhook, delivery),
    note: (attempted) => noteHealth(services, webhook, attempted),
  };
}

async function send(services: Services, { id, url }: StoredWebhook, delivery: Delivery): Promise<Attempted> {
  const { table, now, config } = services;
  const stored = secretCodec.readMaybe(await table.get(keys.webhookSecret(id)));
  if (!stored) return { problem: REMOVED };
  const body = messageText(config, delivery);
  const signed = signedHeaders(stored.secret, { id: delivery.id, at: now(), body });
  const posted = await postJson(config, new URL(url), { ...signed, 'user-agent': 'flowServ' }, body);
  if ('problem' in posted) return posted;
  const { status } = posted;
  return status >= 200 && status < 300 ? { ok: true, status } : { problem: `status ${status}`, status };
}

/** Notes since when a webhook fails, and switches it off when it does so for days, or when its receiver asks for it. */
async function noteHealth(services: Services, webhook: StoredWebhook, attempted: Attempted): Promise<void> {
  const { table, now } = services;
  const { id, key, failing } = webhook;
  // What another attempt noted meanwhile stays.
  const condition = all(hasId(id), sameHealth(failing));
  const note = (change: Change) => conditionally(table.update(key, change, condition));
  if ('ok' in attempted) {
    if (failing) await note({ remove: ['failing'] });
    return;
  }
  const at = timestamp(now());
  const since = failing?.since ?? at;
  const reason = reasonToDisable(now(), since, attempted);
  if (reason === undefined) {
    const until = minutesLater(now(), FAILING_MINUTES).toISOString();
    await note({ set: { failing: { since, until } } });
    return;
  }
  const disabled = await note({ set: { disabled: { since: at, reason } } });
  if (disabled) logWarning('a webhook was switched off', { webhookId: id, reason });
}

const sameHealth = (failing: Webhook['failing']): Condition =>
  failing
    ? { expression: '#failing.#until = :until', values: { until: failing.until } }
    : { expression: 'attribute_not_exists(#failing)' };

function reasonToDisable(now: Date, since: string, { status }: Attempted): string | undefined {
  if (status === GONE) return 'the receiver responded with status 410';
  const days = (now.getTime() - Date.parse(since)) / 86_400_000;
  return days >= MAX_FAILING_DAYS ? `all attempts failed for ${MAX_FAILING_DAYS} days` : undefined;
}
