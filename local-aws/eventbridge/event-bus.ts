import { randomUUID } from 'node:crypto';
import { createInFlight } from '../in-flight.ts';
import { checkPattern, type EventPattern, matchesPattern } from './pattern.ts';

/** 185 attempts after the first, EventBridge's default (User Guide, "Retry policy"). */
const MAX_RETRIES = 185;
const FIRST_RETRY_DELAY_MS = 500;
/** Limits how long an event waits after the cause of its failures is gone. */
const MAX_RETRY_DELAY_MS = 60_000;
const CLOSE_GRACE_MS = 5_000;

/** An event as targets receive it (EventBridge User Guide, "Event structure"). */
export interface BusEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** UTC in seconds, `2019-09-15T11:23:19Z`. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

/** The fields that a sender provides; the bus adds the others. */
interface NewEvent {
  readonly source: string;
  readonly 'detail-type': string;
  /** Any JSON object. */
  readonly detail: unknown;
  readonly resources?: readonly string[];
  readonly time?: Date;
}

interface EventRule {
  readonly name: string;
  readonly pattern: EventPattern;
  /** Receives the event. A rejection is a failed delivery, which is retried. */
  target(event: BusEvent): Promise<unknown>;
}

export interface EventBusOptions {
  /** Region in the events. */
  readonly region: string;
  /** Account in the events. */
  readonly accountId: string;
  readonly rules: readonly EventRule[];
  /** How failed deliveries are retried. */
  readonly retry?: {
    /** Attempts after the first; 185 by default. */
    readonly attempts?: number;
    /** Maximum wait before the first retry in milliseconds, doubled for each retry; 500 by default. */
    readonly firstDelayMs?: number;
  };
  /**
   * Plans the deliveries of an event to a rule: one entry per delivery, with its delay in milliseconds. An empty list
   * drops the event, two entries duplicate it, unequal delays reorder events. One immediate delivery by default.
   */
  readonly plan?: (event: BusEvent, rule: string) => readonly number[];
  /** Called after the last attempt of a delivery failed; no-op by default. */
  readonly onUndelivered?: (event: BusEvent, rule: string, error: unknown) => void;
}

export interface EventBus {
  /** Sends an event to every rule that matches, without waiting for deliveries. @returns the event's id */
  put(event: NewEvent): string;
  /** Drops waiting events and waits up to 5 s for running deliveries. */
  close(): Promise<void>;
}

/**
 * Creates an event bus in this process. It delivers events at least once, in no guaranteed order; each target gets its
 * own copy. Events that wait for a retry are lost when the process ends. EventBridge itself may lose events of "best
 * effort" sources, so consumers must also poll.
 *
 * @throws Error for a pattern that is not supported
 */
export function createEventBus(options: EventBusOptions): EventBus {
  const rules = options.rules.map((rule) => ({ rule, pattern: checkPattern(rule.name, rule.pattern) }));
  const { attempts = MAX_RETRIES, firstDelayMs = FIRST_RETRY_DELAY_MS } = options.retry ?? {};
  const inFlight = createInFlight();
  const waiting = new Set<NodeJS.Timeout>();
  let closed = false;

  const later = (delayMs: number, action: () => void) => {
    if (closed) return;
    const timer = setTimeout(() => {
      waiting.delete(timer);
      action();
    }, delayMs).unref();
    waiting.add(timer);
  };
  const deliver = (rule: EventRule, text: string, attempt: number) => {
    const event: BusEvent = JSON.parse(text);
    const delivery = call(() => rule.target(event)).catch((error: unknown) => {
      if (attempt >= attempts || closed) options.onUndelivered?.(JSON.parse(text), rule.name, error);
      else later(retryDelay(firstDelayMs, attempt), () => deliver(rule, text, attempt + 1));
    });
    inFlight.track(delivery);
  };

  return {
    put(given) {
      const event = complete(given, options);
      const text = JSON.stringify(event);
      for (const { rule } of rules.filter(({ pattern }) => matchesPattern(pattern, event))) {
        const delays = options.plan?.(event, rule.name) ?? [0];
        for (const delay of delays) later(delay, () => deliver(rule, text, 0));
      }
      return event.id;
    },
    async close() {
      closed = true;
      for (const timer of waiting) clearTimeout(timer);
      waiting.clear();
      await inFlight.settled(CLOSE_GRACE_MS);
    },
  };
}

/** Turns a synchronous exception into a rejection. */
async function call(target: () => Promise<unknown>): Promise<void> {
  await target();
}

function complete(given: NewEvent, accountRegion: { region: string; accountId: string }): BusEvent {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': given['detail-type'],
    source: given.source,
    account: accountRegion.accountId,
    time: (given.time ?? new Date()).toISOString().replace(/\.\d+Z$/, 'Z'),
    region: accountRegion.region,
    resources: given.resources ?? [],
    detail: given.detail,
  };
}

/** Exponential backoff with full jitter (AWS Builders' Library, "Timeouts, retries, and backoff with jitter"). */
function retryDelay(firstDelayMs: number, attempt: number): number {
  return Math.random() * Math.min(MAX_RETRY_DELAY_MS, firstDelayMs * 2 ** attempt);
}
