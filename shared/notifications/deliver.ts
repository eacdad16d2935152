import { timestamp } from '../ids.ts';
import { logWarning } from '../log.ts';
import type { DeliveryOrder } from '../services/messages.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { dueAttributes, dueNames, minutesLater } from '../store/due.ts';
import { all, type Change, type Condition } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { type Delivery, deliveryCodec } from './deliveries.ts';
import { messageText } from './events.ts';
import { type Posted, postJson } from './post.ts';
import { signedHeaders } from './signature.ts';
import { listWebhooks, type StoredWebhook, sameWebhook, secretCodec, type Webhook } from './webhooks.ts';

/** Minutes between one attempt and the next: 8 attempts within 28 hours. */
const RETRY_MINUTES = [1, 5, 30, 120, 300, 600, 600] as const;
export const MAX_ATTEMPTS = RETRY_MINUTES.length + 1;
/** An attempt that was interrupted counts as failed after this time. */
const LOST_ATTEMPT_MINUTES = 5;
/** A webhook whose last attempt failed is tried once in this time, whatever the number of its deliveries. */
const FAILING_MINUTES = 1;
/** A webhook is switched off when all attempts failed for this time. */
export const MAX_FAILING_DAYS = 3;
/** By this status a receiver says that it wants no messages any more (Standard Webhooks). */
const GONE = 410;

/**
 * Attempts a delivery if it is due. Each attempt is counted before it is made: if it is interrupted, the next one follows
 * later, and the receiver may get a message twice, with the same id.
 */
export async function deliver(services: Services, { ownerId, key: sk }: DeliveryOrder): Promise<void> {
  const { table, now } = services;
  const key = { pk: keys.webhooks(ownerId).pk, sk };
  const delivery = deliveryCodec.readMaybe(await table.get(key));
  if (delivery?.state !== 'waiting' || (delivery.nextAttemptAt ?? '') > now().toISOString()) return;
  const { webhookId, attempts } = delivery;
  const webhook = (await listWebhooks(services, ownerId)).find(({ id }) => id === webhookId);
  const change = (set: Change) => conditionally(table.update(key, set, unchanged(attempts)));
  if (!webhook || webhook.disabled || attempts >= MAX_ATTEMPTS) {
    await change(ended('failed', reasonToEnd(webhook)));
    return;
  }
  const { failing } = webhook;
  if (failing && failing.until > now().toISOString()) {
    await change({ set: later(delivery, new Date(failing.until)) });
    return;
  }
  const counted = { attempts: attempts + 1, ...later(delivery, minutesLater(now(), LOST_ATTEMPT_MINUTES)) };
  if (!(await change({ set: counted }))) return;
  const posted = await attempt(services, webhook, delivery);
  await conditionally(table.update(key, outcome(services, delivery, posted), unchanged(attempts + 1)));
  await noteHealth(services, webhook, posted);
}

/** Why a delivery ends without another attempt; undefined if the last attempt is the reason. */
function reasonToEnd(webhook: StoredWebhook | undefined): string | undefined {
  if (!webhook) return 'the webhook was removed';
  return webhook.disabled ? 'the webhook is switched off' : undefined;
}

/** The delivery waits, and no other call made an attempt. */
const unchanged = (attempts: number): Condition => ({
  expression: '#state = :waiting AND #attempts = :attempts',
  values: { waiting: 'waiting', attempts },
});

const later = ({ id }: Delivery, at: Date) => ({ nextAttemptAt: at.toISOString(), ...dueAttributes(id, at) });

/** The change that ends a delivery, so that it is not due any more. */
const ended = (state: 'delivered' | 'failed', problem?: string): Change => ({
  set: { state, ...(problem === undefined ? {} : { problem }) },
  remove: ['nextAttemptAt', ...dueNames],
});

async function attempt(services: Services, { id, url }: StoredWebhook, delivery: Delivery): Promise<Posted> {
  const { table, now, config } = services;
  const stored = secretCodec.readMaybe(await table.get(keys.webhookSecret(id)));
  if (!stored) return { problem: 'the webhook was removed' };
  const body = messageText(config, delivery);
  const signed = signedHeaders(stored.secret, { id: delivery.id, at: now(), body });
  return postJson(config, new URL(url), { ...signed, 'user-agent': 'flowServ' }, body);
}

const succeeded = (posted: Posted): boolean =>
  'status' in posted && posted.status >= 200 && posted.status < 300;

/** What an attempt changes in its delivery. */
function outcome({ now }: Services, delivery: Delivery, posted: Posted): Change {
  const lastAttempt = { at: timestamp(now()), ...posted };
  const { set, remove } = afterAttempt(now(), delivery, posted);
  return { set: { ...set, lastAttempt }, ...(remove ? { remove } : {}) };
}

function afterAttempt(now: Date, delivery: Delivery, posted: Posted): Change {
  if (succeeded(posted)) return ended('delivered');
  const minutes = RETRY_MINUTES[delivery.attempts];
  return minutes === undefined ? ended('failed') : { set: later(delivery, minutesLater(now, minutes)) };
}

/** Notes since when a webhook fails, and switches it off when it does so for days, or when its receiver asks for it. */
async function noteHealth(services: Services, webhook: StoredWebhook, posted: Posted): Promise<void> {
  const { table, now } = services;
  const { id, key, failing } = webhook;
  // What another attempt noted meanwhile stays.
  const condition = all(sameWebhook(id), sameHealth(failing));
  const note = (change: Change) => conditionally(table.update(key, change, condition));
  if (succeeded(posted)) {
    if (failing) await note({ remove: ['failing'] });
    return;
  }
  const at = timestamp(now());
  const since = failing?.since ?? at;
  const reason = reasonToDisable(now(), since, posted);
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

function reasonToDisable(now: Date, since: string, posted: Posted): string | undefined {
  if ('status' in posted && posted.status === GONE) return 'the receiver responded with status 410';
  const days = (now.getTime() - Date.parse(since)) / 86_400_000;
  return days >= MAX_FAILING_DAYS ? `all attempts failed for ${MAX_FAILING_DAYS} days` : undefined;
}
