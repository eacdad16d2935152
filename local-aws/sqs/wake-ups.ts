import type { Clock } from './clock.ts';

/** Notifies the watchers of a queue when a message may be due. */
export interface WakeUps {
  /** Calls `wake` whenever a message of the queue may be due, until the returned function is called. */
  watch(queue: string, wake: () => void): () => void;
  /** Must be called when the messages of a queue changed; reschedules its wake-up. */
  changed(queue: string): void;
  /** Resolves at the next wake-up of a queue, at `deadline` (milliseconds since the epoch) or on abort. */
  next(queue: string, deadline: number, signal: AbortSignal): Promise<void>;
  /** Wakes all watchers a last time. */
  close(): void;
}

/**
 * Creates wake-ups without polling: immediately if a message is due, otherwise at the time of the next one. An empty
 * queue, or one without watchers, costs nothing.
 *
 * @param nextDue returns the time when the next message of a queue can be received; undefined when the queue is empty
 */
export function createWakeUps(clock: Clock, nextDue: (queue: string) => number | undefined): WakeUps {
  const listeners = new Map<string, Set<() => void>>();
  const timers = new Map<string, () => void>();

  function wake(queue: string): void {
    for (const listener of [...(listeners.get(queue) ?? [])]) listener();
  }

  function changed(queue: string): void {
    timers.get(queue)?.();
    timers.delete(queue);
    if (!listeners.has(queue)) return;
    const due = nextDue(queue);
    if (due === undefined) return;
    const cancel = clock.at(due, () => wake(queue));
    timers.set(queue, cancel);
  }

  function watch(queue: string, listener: () => void): () => void {
    const watching = listeners.get(queue) ?? new Set();
    listeners.set(queue, watching.add(listener));
    changed(queue);
    return () => {
      watching.delete(listener);
      if (watching.size > 0 || listeners.get(queue) !== watching) return;
      listeners.delete(queue);
      timers.get(queue)?.();
      timers.delete(queue);
    };
  }

  return {
    watch,
    changed,
    next: (queue, deadline, signal) =>
      new Promise((resolve) => {
        const done = () => {
          stopWatching();
          cancelDeadline();
          signal.removeEventListener('abort', done);
          resolve();
        };
        const stopWatching = watch(queue, done);
        const cancelDeadline = clock.at(deadline, done);
        signal.addEventListener('abort', done);
        if (signal.aborted) done();
      }),
    close() {
      for (const cancel of timers.values()) cancel();
      timers.clear();
      for (const queue of [...listeners.keys()]) wake(queue);
    },
  };
}
