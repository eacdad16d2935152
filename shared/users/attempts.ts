import { tooMany } from '../errors.ts';
import type { Services } from '../services.ts';
import { type Key, keys } from '../store/keys.ts';

/** Counters start anew after this time: long enough to make guessing hopeless, short enough for who mistyped. */
const WINDOW_SECONDS = 15 * 60;

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
 * @throws FlowservError 429 with the seconds until the counters start anew
 */
export async function countAttempt(
  services: Services,
  kind: Kind,
  subjects: { readonly name?: string; readonly address: string },
): Promise<Attempt> {
  const { table, config, now } = services;
  const seconds = Math.floor(now().getTime() / 1000);
  const window = Math.floor(seconds / WINDOW_SECONDS);
  const end = (window + 1) * WINDOW_SECONDS;
  const { name, address } = subjects;
  const counted = [
    { limit: config.attempts.address, key: keys.attempts(`${kind}#address`, address, window) },
    ...(name === undefined
      ? []
      : [{ limit: config.attempts.name, key: keys.attempts(`${kind}#name`, name, window) }]),
  ];
  const add = (key: Key, count: number) => table.update(key, { set: { v: 1, ttl: end + 1 }, add: { count } });
  for (const { key, limit } of counted) {
    const { count } = await add(key, 1);
    if (Number(count) > limit) {
      throw tooMany('auth.too-many', 'too many attempts, please try again later', end - seconds);
    }
  }
  return {
    async succeeded() {
      await Promise.all(counted.map(({ key }) => add(key, -1)));
    },
  };
}
