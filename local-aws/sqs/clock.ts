/** The current time and timers, in one interface so that a test can replace both. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /**
   * Calls `run` at `time`, in milliseconds since the epoch. The returned function cancels the call.
   */
  at(time: number, run: () => void): () => void;
}

/** Maximum delay of setTimeout in milliseconds, some 24 days. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** The system's clock. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: Date.now,
  at(time, run) {
    const delay = Math.min(Math.max(0, time - Date.now()), MAX_DELAY_MS);
    const timer = setTimeout(run, delay);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
