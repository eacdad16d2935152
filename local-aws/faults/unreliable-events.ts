import type { FunctionHost } from '../lambda/function-host.ts';
import type { Random } from './random.ts';

/** Shares of the events of the bus that are lost, and that come twice. */
const LOST_SHARE = 0.3;
const DOUBLED_SHARE = 0.3;
/** Events that come this much later than others are overtaken by them. */
const LONGEST_DELAY_MS = 2_000;

/**
 * Deliveries of one event of the bus, as delays in milliseconds: none, one or two, in any order with those of
 * other events ("best effort" sources may lose events, and targets may be called more than once: EventBridge
 * User Guide, "Delivery level for events from AWS services").
 */
export function deliveries(random: Random): () => readonly number[] {
  const delay = () => random() * LONGEST_DELAY_MS;
  return () => {
    if (random() < LOST_SHARE) return [];
    return random() < DOUBLED_SHARE ? [delay(), delay()] : [delay()];
  };
}

/**
 * Calls functions with messages late and sometimes twice, the second time while the first may still run.
 * Standard queues and schedules deliver at least once, in no certain order (SQS Developer Guide, "Amazon SQS
 * standard queues"; EventBridge Scheduler User Guide, "What is EventBridge Scheduler").
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
    async invoke(name, event) {
      // What becomes of the second delivery is for the queue to see, which has its answer already.
      if (random() < DOUBLED_SHARE) later(() => void host.invoke(name, event).catch(() => {}));
      await new Promise<void>((resolve) => later(resolve));
      return host.invoke(name, event);
    },
    async close() {
      for (const timer of waiting) clearTimeout(timer);
      await host.close();
    },
  };
}
