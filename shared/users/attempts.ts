import { tooMany } from '../errors.ts';
import { epochSeconds } from '../ids.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { absentOrOver, type Change, type Condition } from '../store/expressions.ts';
import { type Key, keys } from '../store/keys.ts';

/**
 * Failures count for this long from the first attempt on: long enough to make guessing hopeless, short enough for who
 * mistyped.
 */
const WINDOW_MS = 15 * 60_000;
/** For who is refused only because others are at it in the same moment. */
const SOON_SECONDS = 1;

type Kind = 'login' | 'password-request' | 'password-reset';

/** What attempts have in common: the user name, and the network address. */
interface Subjects {
  readonly name?: string;
  readonly address: string;
}

/**
 * Makes an attempt unless too many have failed. Those that are still open count like failures, so that many at once
 * cannot pass together; what succeeds or is refused here is taken back. Limits are the settings
 * `FLOWSERV_ATTEMPTS_BY_NAME` and `FLOWSERV_ATTEMPTS_BY_ADDRESS`. Names are counted whether there is such a user or not.
 *
 * @param attempt fails by throwing
 * @throws FlowservError 429 with the seconds until attempts are forgotten; and whatever `attempt` throws
 */
export async function limited<T>(
  services: Services,
  kind: Kind,
  subjects: Subjects,
  attempt: () => Promise<T>,
): Promise<T> {
  const open = await openAttempt(services, kind, subjects);
  let outcome: T;
  try {
    outcome = await attempt();
  } catch (error) {
    await close(services, open, FAILED);
    throw error;
  }
  await close(services, open, TAKEN_BACK);
  return outcome;
}

/** Counts an attempt that fails for nobody, but of which there must not be many: a request that sends a mail. */
export async function countAttempt(services: Services, kind: Kind, subjects: Subjects): Promise<void> {
  await close(services, await openAttempt(services, kind, subjects), FAILED);
}

/** Under what an attempt is counted, and in which window. */
interface Counter {
  readonly key: Key;
  /** Epoch milliseconds of the window's end, which also names it. */
  readonly until: number;
}

type Sums = NonNullable<Change['add']>;
const FAILED = { opened: -1, failed: 1 };
const TAKEN_BACK = { opened: -1, failed: 0 };

/** Counts an attempt as open. @throws FlowservError 429 */
async function openAttempt(services: Services, kind: Kind, { name, address }: Subjects): Promise<Counter[]> {
  const { attempts } = services.config;
  const limits = [
    { limit: attempts.address, key: keys.attempts(`${kind}#address`, address) },
    ...(name === undefined ? [] : [{ limit: attempts.name, key: keys.attempts(`${kind}#name`, name) }]),
  ];
  const open: Counter[] = [];
  for (const { key, limit } of limits) {
    const { opened, failed, until } = await begin(services, key);
    open.push({ key, until });
    if (opened + failed <= limit) continue;
    await close(services, open, TAKEN_BACK);
    const seconds = failed < limit ? SOON_SECONDS : Math.ceil((until - services.now().getTime()) / 1000);
    throw tooMany('auth.too-many', 'too many attempts, please try again later', Math.max(1, seconds));
  }
  return open;
}

/** Counts one more in the window that is open, or opens one. */
async function begin(services: Services, key: Key) {
  const { table } = services;
  for (;;) {
    const now = services.now().getTime();
    const running: Condition = { expression: '#until > :now', values: { now } };
    const counted = await conditionally(table.update(key, { add: { opened: 1 } }, running));
    if (counted) {
      const { opened, failed = 0, until } = counted.value;
      return { opened: Number(opened), failed: Number(failed), until: Number(until) };
    }
    const first = { opened: 1, failed: 0, until: now + WINDOW_MS };
    const window = { ...key, v: 1, ...first, ttl: epochSeconds(new Date(first.until)) + 1 };
    // Otherwise another attempt has opened it in between.
    if (await conditionally(table.put(window, absentOrOver('until', now)))) return first;
  }
}

/** What became of an attempt counts in its own window only. */
async function close({ table }: Services, counters: readonly Counter[], add: Sums): Promise<void> {
  const closed = counters.map(({ key, until }) =>
    conditionally(table.update(key, { add }, { expression: '#until = :until', values: { until } })),
  );
  await Promise.all(closed);
}
