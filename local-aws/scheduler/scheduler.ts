import { createInFlight } from '../in-flight.ts';

const CLOSE_GRACE_MS = 5_000;

interface Schedule {
  readonly name: string;
  readonly everySeconds: number;
  /** Called at each tick, even if the previous call still runs, as a schedule invokes a function. */
  invoke(): unknown;
}

interface SchedulerOptions {
  /** The functions to call, and how often. */
  readonly schedules: readonly Schedule[];
  /** Called when a call failed; the next tick is the retry. No-op by default. */
  readonly onError?: (name: string, error: unknown) => void;
}

export interface Scheduler {
  /** Stops all ticks and waits up to 5 s for running calls. */
  close(): Promise<void>;
}

/**
 * Calls functions at fixed intervals (EventBridge Scheduler's `rate(…)`). The first call comes one interval from now.
 * The timers do not keep the process alive.
 *
 * @throws Error for an interval that is not a positive number
 */
export function createScheduler(options: SchedulerOptions): Scheduler {
  const inFlight = createInFlight();
  for (const { name, everySeconds } of options.schedules) {
    if (!(everySeconds > 0)) throw new Error(`schedule '${name}' needs an interval above 0 seconds`);
  }
  const timers = options.schedules.map((schedule) => {
    const tick = () => {
      const call = invoke(schedule).catch((error: unknown) => options.onError?.(schedule.name, error));
      inFlight.track(call);
    };
    return setInterval(tick, schedule.everySeconds * 1000).unref();
  });
  return {
    async close() {
      for (const timer of timers) clearInterval(timer);
      await inFlight.settled(CLOSE_GRACE_MS);
    },
  };
}

/** Turns a synchronous exception into a rejection. */
async function invoke(schedule: Schedule): Promise<void> {
  await schedule.invoke();
}
