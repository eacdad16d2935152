import { type QueuePoller, type Queues, startQueuePoller } from '@flowserv/local-aws';
import { type FunctionName, queues as names } from '../../../infra/local/names.ts';
import { feedFunctions } from '../../../infra/local/queue-feeds.ts';
import { queueFeeds, queueNames } from '../../../infra/queues.ts';
import type { FaultPlan } from '../fault-plan.ts';
import type { Functions } from './functions.ts';
import type { Simulation } from './simulation.ts';

export interface TriggersOptions {
  readonly simulation: Simulation;
  readonly plan: FaultPlan;
  readonly functions: Functions;
  readonly queues: Queues;
}

/** Waits before Lambda repeats an asynchronous call that failed (Lambda, "Error handling for asynchronous invocation"). */
const ASYNC_RETRIES_MS = [60_000, 120_000];
const MINUTE_MS = 60_000;

/** What calls functions without a request: queues and schedules. */
export function createTriggers({ simulation, plan, functions, queues }: TriggersOptions) {
  // Creates the queues with the settings of a stage; the pollers below call the functions.
  feedFunctions(queues, { invoke: async () => undefined, close: async () => {} }, { onFault: () => {} });
  let pollers: QueuePoller[] = [];
  let stopTicks = () => {};

  const deliver = async (name: FunctionName, event: unknown): Promise<unknown> => {
    for (const delay of plan.repeats(name)) {
      // The queue uses the response to the other call.
      simulation.after(delay, () => void functions.invoke(name, event).catch(() => {}));
    }
    await simulation.sleep(plan.deliveryDelay(name));
    return functions.invoke(name, event);
  };

  const callAsync = async (name: FunctionName): Promise<void> => {
    for (const wait of [0, ...ASYNC_RETRIES_MS]) {
      await simulation.sleep(wait);
      try {
        await functions.invoke(name, {});
        return;
      } catch {
        // Called again after the next wait.
      }
    }
  };
  const tick = (name: FunctionName) => {
    for (const delay of plan.ticks(name)) simulation.after(delay, () => void callAsync(name));
  };

  return {
    callAsync,
    begin(): void {
      simulation.as(undefined, () => {
        pollers = queueNames.map((key) =>
          startQueuePoller({
            queues,
            queueName: names[key],
            batchSize: queueFeeds[key].batchSize,
            maxConcurrency: queueFeeds[key].maxConcurrency,
            invoke: (event) => deliver(queueFeeds[key].function, event),
          }),
        );
        const eachMinute = () => {
          tick('dispatch');
          tick('sweep');
          stopTicks = simulation.after(MINUTE_MS, eachMinute);
        };
        stopTicks = simulation.after(MINUTE_MS, eachMinute);
      });
    },
    stopSchedules: () => stopTicks(),
    async close(): Promise<void> {
      stopTicks();
      await Promise.all(pollers.map((poller) => poller.close()));
    },
  };
}
