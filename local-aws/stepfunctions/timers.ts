import { StateFailure } from './failure.ts';

/** Maximum delay of one timer: 2^31 - 1 ms, about 24.8 days (Node.js, setTimeout). Longer delays use several timers. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The reason why running work is dropped: the execution ended, or the service closes and will resume it. */
export class Interruption extends Error {
  readonly kind: 'ended' | 'closing';

  constructor(kind: 'ended' | 'closing') {
    super(kind);
    this.kind = kind;
  }
}

/**
 * Calls back at an absolute time (ms since the epoch), never earlier: a timer that fires early by the clock is set
 * again.
 *
 * @returns a function that cancels the call.
 */
export function at(time: number, now: () => number, callback: () => void): () => void {
  let timer: NodeJS.Timeout;
  const arm = (left: number) => {
    timer = setTimeout(check, Math.min(Math.max(left, 0), MAX_TIMER_MS));
  };
  const check = () => {
    const left = time - now();
    if (left > 0) arm(left);
    else callback();
  };
  arm(time - now());
  return () => clearTimeout(timer);
}

/** Resolves at an absolute time; rejects with the signal's reason when it aborts first. */
export function sleepUntil(time: number, now: () => number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const cancel = at(time, now, () => {
      signal.removeEventListener('abort', dropped);
      resolve();
    });
    const dropped = () => {
      cancel();
      reject(signal.reason);
    };
    signal.addEventListener('abort', dropped, { once: true });
  });
}

/**
 * Runs work with a deadline. The work gets its own signal. After this signal aborts, the result is dropped and not
 * awaited.
 *
 * @param timeoutAt ms since the epoch, or null for no limit.
 * @throws StateFailure `States.Timeout` at the deadline; the reason of `signal` when it aborts first.
 */
export async function withDeadline<T>(
  work: (signal: AbortSignal) => Promise<T>,
  timeoutAt: number | null,
  now: () => number,
  signal: AbortSignal,
): Promise<T> {
  signal.throwIfAborted();
  const own = new AbortController();
  const { promise: cut, reject } = Promise.withResolvers<never>();
  const stop = (reason: unknown) => {
    own.abort(reason);
    reject(reason);
  };
  const interrupted = () => stop(signal.reason);
  signal.addEventListener('abort', interrupted, { once: true });
  const cancel =
    timeoutAt === null ? undefined : at(timeoutAt, now, () => stop(new StateFailure('States.Timeout')));
  try {
    return await Promise.race([work(own.signal), cut]);
  } finally {
    cancel?.();
    signal.removeEventListener('abort', interrupted);
  }
}
