import type { FunctionHost } from '../lambda/function-host.ts';
import type { Random } from './random.ts';

/** Shares of the events of the bus that are lost, and that arrive twice. */
const LOST_SHARE = 0.3;
const DOUBLED_SHARE = 0.3;
/** Delays change the order of events that are less than this apart. */
const LONGEST_DELAY_MS = 2_000;

/**
 * Plans the deliveries of one event of the bus, as delays in milliseconds: none, one or two. The delays mix the order
 * of events. ("Best effort" sources may lose events, and targets may be called more than once: EventBridge User Guide,
 * "Delivery level for events from AWS services".)
 */
export function deliveries(random: Random): () => readonly number[] {
  const delay = () => random() * LONGEST_DELAY_MS;
  return () => {
    if (random() < LOST_SHARE) return [];
    return random() < DOUBLED_SHARE ? [delay(), delay()] : [delay()];
  };
}

/**
 * Delays calls of functions, and sometimes makes them twice. The two calls may overlap. Standard queues and schedules
 * deliver at least once, in no guaranteed order (SQS Developer Guide, "Amazon SQS standard queues"; EventBridge
 * Scheduler User Guide, "What is EventBridge Scheduler").
 */
export function unreliableCalls(random: Random, host: FunctionHost): FunctionHost {
  const waiting = new Set<NodeJS.Timeout>();
  const later = (work: () => void) => {
    const timer = setTimeout(() => {
      waiting.delete(timer);
      work();
    }, random() * LONGEST_DELAY_MS);
    waiting.add(timer);
  };
  return {
    async invoke(name, event, signal) {
      // The outcome of the duplicate is ignored: the queue uses the response to the other call.
      if (random() < DOUBLED_SHARE) later(() => void host.invoke(name, event).catch(() => {}));
      await new Promise<void>((resolve) => later(resolve));
      return host.invoke(name, event, signal);
    },
    async close() {
      for (const timer of waiting) clearTimeout(timer);
      await host.close();
    },
  };
}
