import { timestamp } from '../ids.ts';
import type { DeliveryOrder } from '../services/messages.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { dueAttributes, dueNames, minutesLater } from '../store/due.ts';
import type { Change, Condition } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { type Delivery, deliveryCodec } from './deliveries.ts';
import { mailReceiver } from './mail.ts';
import type { Attempted, Receiver } from './receiver.ts';
import { webhookReceiver } from './webhook-receiver.ts';

/** Minutes between one attempt and the next: 8 attempts within 28 hours. */
const RETRY_MINUTES = [1, 5, 30, 120, 300, 600, 600] as const;
export const MAX_ATTEMPTS = RETRY_MINUTES.length + 1;
/** An attempt that was interrupted counts as failed after this time. */
const LOST_ATTEMPT_MINUTES = 5;

/**
 * Attempts a delivery if it is due. Each attempt is counted before it is made: if it is interrupted, the next one follows
 * later, and the receiver may get a message twice, with the same id.
 */
export async function deliver(services: Services, { ownerId, key: sk }: DeliveryOrder): Promise<void> {
  const { table, now } = services;
  const key = { pk: keys.webhooks(ownerId).pk, sk };
  const delivery = deliveryCodec.readMaybe(await table.get(key));
  if (delivery?.state !== 'waiting' || (delivery.nextAttemptAt ?? '') > now().toISOString()) return;
  const { attempts } = delivery;
  const receiver = await receiverOf(services, delivery);
  const change = (set: Change) => conditionally(table.update(key, set, unchanged(attempts)));
  if ('gone' in receiver || attempts >= MAX_ATTEMPTS) {
    await change(ended('failed', 'gone' in receiver ? receiver.gone : undefined));
    return;
  }
  const { waitsUntil } = receiver;
  if (waitsUntil !== undefined && waitsUntil > now().toISOString()) {
    await change({ set: later(delivery, new Date(waitsUntil)) });
    return;
  }
  const counted = { attempts: attempts + 1, ...later(delivery, minutesLater(now(), LOST_ATTEMPT_MINUTES)) };
  if (!(await change({ set: counted }))) return;
  const attempted = await receiver.attempt();
  await conditionally(table.update(key, outcome(services, delivery, attempted), unchanged(attempts + 1)));
  await receiver.note?.(attempted);
}

function receiverOf(services: Services, delivery: Delivery): Promise<Receiver> {
  const { webhookId, userId = '' } = delivery;
  return webhookId === undefined
    ? mailReceiver(services, delivery, userId)
    : webhookReceiver(services, delivery, webhookId);
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

/** What an attempt changes in its delivery. */
function outcome({ now }: Services, delivery: Delivery, attempted: Attempted): Change {
  const { status } = attempted;
  const problem = 'problem' in attempted && status === undefined ? { problem: attempted.problem } : {};
  const lastAttempt = { at: timestamp(now()), ...(status === undefined ? {} : { status }), ...problem };
  const { set, remove } = afterAttempt(now(), delivery, attempted);
  return { set: { ...set, lastAttempt }, ...(remove ? { remove } : {}) };
}

function afterAttempt(now: Date, delivery: Delivery, attempted: Attempted): Change {
  if ('ok' in attempted) return ended('delivered');
  const minutes = attempted.isFinal ? undefined : RETRY_MINUTES[delivery.attempts];
  return minutes === undefined ? ended('failed') : { set: later(delivery, minutesLater(now, minutes)) };
}
