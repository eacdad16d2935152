import { tooMany } from '../errors.ts';
import type { Services } from '../services.ts';
import type { Condition } from '../store/expressions.ts';
import { epochSeconds } from '../store/ids.ts';
import { type Key, keys } from '../store/keys.ts';
import { ConditionFailed } from '../store/table.ts';

/**
 * Attempts count for this long from the first one on: long enough to make guessing hopeless, short enough for who
 * mistyped.
 */
const WINDOW_MS = 15 * 60_000;

type Kind = 'login' | 'password-request' | 'password-reset';

/** An attempt that has been counted. */
export interface Attempt {
  /** Takes it back: only failures count. */
  succeeded(): Promise<void>;
}

/**
 * Counts an attempt before it is looked at, so that many at once cannot pass together. Limits are the settings
 * `FLOWSERV_ATTEMPTS_BY_NAME` and `FLOWSERV_ATTEMPTS_BY_ADDRESS`. Names are counted whether there is such a user or not.
 *
 * @param subjects what attempts have in common: the user name, and the network address
 * @throws FlowservError 429 with the seconds until attempts are forgotten
 */
export async function countAttempt(
  services: Services,
  kind: Kind,
  { name, address }: { readonly name?: string; readonly address: string },
): Promise<Attempt> {
  const { attempts } = services.config;
  const counted = [
    { limit: attempts.address, key: keys.attempts(`${kind}#address`, address) },
    ...(name === undefined ? [] : [{ limit: attempts.name, key: keys.attempts(`${kind}#name`, name) }]),
  ];
  for (const { key, limit } of counted) {
    const { count, until } = await addAttempt(services, key);
    if (count > limit) {
      const seconds = Math.ceil((until - services.now().getTime()) / 1000);
      throw tooMany('auth.too-many', 'too many attempts, please try again later', Math.max(1, seconds));
    }
  }
  return {
    async succeeded() {
      await Promise.all(counted.map(({ key }) => takeBack(services, key)));
    },
  };
}

const running = (services: Services): Condition => ({
  expression: '#until > :now',
  values: { now: services.now().getTime() },
});

/** Adds to a count that is running, or begins a new one. */
async function addAttempt(
  services: Services,
  key: Key,
): Promise<{ readonly count: number; readonly until: number }> {
  const { table, now } = services;
  for (;;) {
    try {
      const item = await table.update(key, { add: { count: 1 } }, running(services));
      return { count: Number(item.count), until: Number(item.until) };
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
    }
    const until = now().getTime() + WINDOW_MS;
    const over: Condition = {
      expression: 'attribute_not_exists(#pk) OR #until <= :now',
      values: { now: now().getTime() },
    };
    try {
      const item = { ...key, v: 1, count: 1, until, ttl: epochSeconds(new Date(until)) + 1 };
      await table.put(item, over);
      return { count: 1, until };
    } catch (error) {
      // Another attempt has begun the count in between.
      if (!(error instanceof ConditionFailed)) throw error;
    }
  }
}

async function takeBack(services: Services, key: Key): Promise<void> {
  try {
    await services.table.update(key, { add: { count: -1 } }, running(services));
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}
