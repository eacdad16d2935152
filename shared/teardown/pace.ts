import { setTimeout } from 'node:timers/promises';

/** Waits until one more call may be made. */
export type Pace = () => Promise<void>;

interface Clock {
  /** Milliseconds. */
  now(): number;
  wait(milliseconds: number): Promise<unknown>;
}

const system: Clock = { now: Date.now, wait: (milliseconds) => setTimeout(milliseconds) };

/**
 * Lets `burst` calls pass without delay, and then `perSecond` calls each second: a token bucket, as AWS's services
 * have. The SDK retries throttled calls, but they count for all users of the account.
 */
export function createPace(burst: number, perSecond: number, { now, wait }: Clock = system): Pace {
  let tokens = burst;
  let filled = now();
  return async () => {
    const at = now();
    tokens = Math.min(burst, tokens + ((at - filled) / 1000) * perSecond) - 1;
    filled = at;
    if (tokens < 0) await wait((-tokens / perSecond) * 1000);
  };
}

/** Makes a call for each item, one after the other. @param done called after each */
export async function eachAtPace<T>(
  pace: Pace,
  items: readonly T[],
  done: () => void,
  call: (item: T) => Promise<unknown>,
): Promise<void> {
  for (const item of items) {
    await pace();
    await call(item);
    done();
  }
}
