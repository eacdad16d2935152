import { createInFlight } from '../in-flight.ts';

const CLOSE_GRACE_MS = 5_000;

interface Schedule {
  readonly name: string;
  readonly everySeconds: number;
  /** Called at each tick, whether or not the call before has ended, as a schedule does with a function. */
  invoke(): unknown;
}

interface SchedulerOptions {
  /** What is called, and how often. */
  readonly schedules: readonly Schedule[];
  /** Told of a call that failed; the next tick is the retry. Nobody by default. */
  readonly onError?: (name: string, error: unknown) => void;
}

export interface Scheduler {
  /** Stops all ticks and waits a while for calls that run. */
  close(): Promise<void>;
}

/**
 * Calls functions at fixed intervals, the first time one interval from now (EventBridge Scheduler's
 * `rate(…)`). The timers do not keep the process alive.
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

/** A call that throws at once has failed like one that rejects. */
async function invoke(schedule: Schedule): Promise<void> {
  await schedule.invoke();
}
