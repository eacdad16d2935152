/** The time, and a way to be called when it comes: one thing, so that a test can hold both. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /**
   * Runs something once `time` has come, in milliseconds since the epoch. The returned function cancels it.
   */
  at(time: number, run: () => void): () => void;
}

/** Longest delay that setTimeout takes in milliseconds, some 24 days. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** The system's clock. What it holds does not keep the process alive. */
export const systemClock: Clock = {
  now: Date.now,
  at(time, run) {
    const delay = Math.min(Math.max(0, time - Date.now()), MAX_DELAY_MS);
    const timer = setTimeout(run, delay);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
