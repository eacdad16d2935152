import { FlowservError, tooMany } from '../errors.ts';
import { epochSeconds } from '../ids.ts';
import { logWarning } from '../log.ts';
import type { MailOrder } from '../services/messages.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { absentOrOver, type Change, type Condition } from '../store/expressions.ts';
import { type Key, keys } from '../store/keys.ts';

/**
 * Failures count for this long, from the first attempt: long enough to stop guessing, short enough for a user who
 * mistyped.
 */
const WINDOW_MS = 15 * 60_000;
const DAY_MS = 24 * 3_600_000;
/** Retry time for an attempt that is rejected only because of other attempts at the same moment. */
const SOON_SECONDS = 1;
/** The limit of a name over all addresses is this multiple of its limit for one address. */
const ALL_ADDRESSES = 10;
/**
 * Daily limits of mails: of one kind to one mailbox; fewer from one network address to one mailbox, so that the owner
 * of the mailbox can still request some; and from one network address to all mailboxes.
 */
const MAILS_A_DAY = { mailbox: 5, both: 3, address: 200 } as const;

type Kind = 'login' | 'password-request' | 'password-reset' | 'activation' | 'register';

/** The name and address by which attempts are counted. */
interface Subjects {
  /** The user name. */
  readonly name?: string;
  /** The network address. */
  readonly address: string;
  /** True for an address from which the user logged in before: attempts from other addresses do not block it. */
  readonly isKnown?: boolean;
}

/**
 * Makes an attempt unless too many failed. Open attempts count like failures, so that many concurrent attempts cannot
 * pass together. An attempt that succeeds or is rejected here is not counted, nor is one that was not tried because the
 * server was busy. Names count even if no such user exists.
 *
 * @param attempt fails by throwing
 * @throws FlowservError 429 with the seconds until attempts are forgotten; and any error of `attempt`
 */
export async function limited<T>(
  services: Services,
  kind: Kind,
  subjects: Subjects,
  attempt: () => Promise<T>,
): Promise<T> {
  const open = await openAttempt(services, limitsOf(services, kind, subjects));
  let outcome: T;
  try {
    outcome = await attempt();
  } catch (error) {
    const untried = error instanceof FlowservError && error.status === 429;
    await close(services, open, untried ? TAKEN_BACK : COUNTED);
    throw error;
  }
  await close(services, open, TAKEN_BACK);
  return outcome;
}

/** Counts an attempt that cannot fail but must be limited, such as a registration. */
export async function countAttempt(services: Services, kind: Kind, subjects: Subjects): Promise<void> {
  await close(services, await openAttempt(services, limitsOf(services, kind, subjects)), COUNTED);
}

/**
 * Counts what a user may do a limited number of times within 24 hours, from the first of them.
 *
 * @throws FlowservError 429 with the seconds until the 24 hours end
 */
export async function countInDay(
  services: Services,
  kind: string,
  subject: string,
  limit: number,
): Promise<void> {
  const limits = [{ key: keys.attempts(kind, subject), limit, windowMs: DAY_MS }];
  await close(services, await openAttempt(services, limits), COUNTED);
}

/**
 * Does what a user may do a limited number of times within 24 hours, from the first of them. What fails is not counted.
 *
 * @throws FlowservError 429 with the seconds until the 24 hours end; and any error of `work`
 */
export async function withinDay<T>(
  services: Services,
  kind: string,
  subject: string,
  limit: number,
  work: () => Promise<T>,
): Promise<T> {
  const open = await openAttempt(services, [{ key: keys.attempts(kind, subject), limit, windowMs: DAY_MS }]);
  return countedUnlessFailed(services, open, work);
}

/**
 * Sends a mail, unless its mailbox or the requester reached the daily limit of its kind. A mail that could not be sent
 * does not count. The kinds count separately: registrations by others do not block a password reset.
 */
export async function sendWithin(
  services: Services,
  kind: MailOrder['kind'],
  mailbox: string,
  address: string,
  send: () => Promise<void>,
): Promise<void> {
  const counted = kind === 'reset' ? 'mail#reset' : 'mail#mailbox';
  const limits = [
    { key: keys.attempts('mail#address', address), limit: MAILS_A_DAY.address, windowMs: DAY_MS },
    {
      key: keys.attempts(`${counted}#both`, pair(mailbox, address)),
      limit: MAILS_A_DAY.both,
      windowMs: DAY_MS,
    },
    { key: keys.attempts(counted, mailbox), limit: MAILS_A_DAY.mailbox, windowMs: DAY_MS },
  ];
  const open = await openAttempt(services, limits).catch((error: unknown) => {
    if (!(error instanceof FlowservError)) throw error;
    // The requester gets no error, so that the response does not reveal an account. The log omits the address, which is
    // private.
    logWarning('a mail was not sent: the daily limit of its kind is reached', { kind });
    return undefined;
  });
  if (open) await countedUnlessFailed(services, open, send);
}

/** Counts an open attempt if the work succeeds. */
async function countedUnlessFailed<T>(
  services: Services,
  open: readonly Counter[],
  work: () => Promise<T>,
): Promise<T> {
  let outcome: T;
  try {
    outcome = await work();
  } catch (error) {
    await close(services, open, TAKEN_BACK);
    throw error;
  }
  await close(services, open, COUNTED);
  return outcome;
}

/** A counter and its limit within one window. */
interface Limit {
  readonly key: Key;
  readonly limit: number;
  readonly windowMs: number;
}

/**
 * Limits by address; by name and address, so that guessing does not lock a user out; and by name alone with a higher
 * limit, for a guesser with many addresses. Settings `FLOWSERV_ATTEMPTS_BY_NAME` and `FLOWSERV_ATTEMPTS_BY_ADDRESS`.
 */
function limitsOf({ config }: Services, kind: Kind, { name, address, isKnown }: Subjects): Limit[] {
  const { attempts } = config;
  const windowMs = WINDOW_MS;
  const byAddress = { key: keys.attempts(`${kind}#address`, address), limit: attempts.address, windowMs };
  if (name === undefined) return [byAddress];
  const both = { key: keys.attempts(`${kind}#both`, pair(name, address)), limit: attempts.name, windowMs };
  const limit = attempts.name * ALL_ADDRESSES;
  const byName = { key: keys.attempts(`${kind}#name`, name), limit, windowMs };
  return isKnown ? [byAddress, both] : [byAddress, both, byName];
}

/** Joins name and address so that no name can imitate another pair. */
export const pair = (name: string, address: string): string => JSON.stringify([name, address]);

/** The key and the window of a counted attempt. */
interface Counter {
  readonly key: Key;
  /** Epoch milliseconds of the window's end, which also names it. */
  readonly until: number;
}

type Sums = NonNullable<Change['add']>;
const COUNTED = { opened: -1, failed: 1 };
const TAKEN_BACK = { opened: -1, failed: 0 };

/** Counts an attempt as open. @throws FlowservError 429 */
async function openAttempt(services: Services, limits: readonly Limit[]): Promise<Counter[]> {
  const open: Counter[] = [];
  for (const each of limits) {
    const { opened, failed, until } = await begin(services, each);
    open.push({ key: each.key, until });
    if (opened + failed <= each.limit) continue;
    await close(services, open, TAKEN_BACK);
    const seconds = failed < each.limit ? SOON_SECONDS : Math.ceil((until - services.now().getTime()) / 1000);
    throw tooMany('auth.too-many', 'too many attempts, please try again later', Math.max(1, seconds));
  }
  return open;
}

/** Counts one more attempt in the open window, or opens a new window. */
async function begin(services: Services, { key, windowMs }: Limit) {
  const { table } = services;
  for (;;) {
    const now = services.now().getTime();
    const running: Condition = { expression: '#until > :now', values: { now } };
    const counted = await conditionally(table.update(key, { add: { opened: 1 } }, running));
    if (counted) {
      const { opened, failed = 0, until } = counted.value;
      return { opened: Number(opened), failed: Number(failed), until: Number(until) };
    }
    const first = { opened: 1, failed: 0, until: now + windowMs };
    const window = { ...key, v: 1, ...first, ttl: epochSeconds(new Date(first.until)) + 1 };
    // If the write fails, another attempt opened the window in the meantime.
    if (await conditionally(table.put(window, absentOrOver('until', now)))) return first;
  }
}

/** The outcome of an attempt counts only in the window in which it began. */
async function close({ table }: Services, counters: readonly Counter[], add: Sums): Promise<void> {
  const closed = counters.map(({ key, until }) =>
    conditionally(table.update(key, { add }, { expression: '#until = :until', values: { until } })),
  );
  await Promise.all(closed);
}
