import * as z from 'zod';
import type { Config } from '../config.ts';
import type { ErrorCode } from '../error-catalogue.ts';
import { epochSeconds } from '../ids.ts';
import { itemCodec } from '../store/codec.ts';
import { type Key, keys } from '../store/keys.ts';

/** What a quota counts. */
const units = ['runs', 'groups', 'bytes', 'vcpu-seconds'] as const;
type Unit = (typeof units)[number];

/** Names of the quotas, as the settings have them. */
export type QuotaName = keyof Config['quotas'];

interface Quota {
  /** Of the refusal. */
  readonly code: ErrorCode;
  readonly unit: Unit;
  /** How long a reservation counts: while it is `active`, while something is `kept`, or to the end of its `day`. */
  readonly window: 'active' | 'kept' | 'day';
  /** What a user is told whose quota is used up; `limit` is the setting's value. */
  readonly refusal: (limit: number) => string;
}

/** Every quota of a user. A new one is a line here, a setting in `config.ts`, and an entry where it is reserved. */
export const quotas: Readonly<Record<QuotaName, Quota>> = {
  activeRuns: {
    code: 'quota.active-runs',
    unit: 'runs',
    window: 'active',
    refusal: (limit) =>
      `you have ${limit} runs that wait or run, the most at once; wait for one or cancel it`,
  },
  runsPerDay: {
    code: 'quota.runs-per-day',
    unit: 'runs',
    window: 'day',
    refusal: (limit) => `you have started ${limit} runs today, the most in a day; go on after midnight UTC`,
  },
  vcpuSecondsPerDay: {
    code: 'quota.vcpu-seconds-per-day',
    unit: 'vcpu-seconds',
    window: 'day',
    refusal: (limit) => `your runs have used the ${limit} vCPU seconds of today; go on after midnight UTC`,
  },
  groups: {
    code: 'quota.groups',
    unit: 'groups',
    window: 'kept',
    refusal: (limit) => `you own ${limit} groups, the most you may have; delete one that you no longer need`,
  },
  bytes: {
    code: 'quota.bytes',
    unit: 'bytes',
    window: 'kept',
    refusal: (limit) =>
      `not enough room: your uploads and results may take ${limit} bytes; delete files or runs that you no longer need`,
  },
};

/**
 * An amount of a unit that counts against an owner's quota. What holds it (a run, a group, an upload) stores it, so that
 * it is refunded once, and can be summed up again.
 */
const reservationSchema = z.object({
  /** User id. */
  owner: z.string(),
  unit: z.enum(units),
  /** `active`, `kept`, or the day in UTC as `2026-11-29`. */
  window: z.string(),
  amount: z.number(),
});
export type Reservation = z.infer<typeof reservationSchema>;

/** The attribute `reservations` of whatever holds some, of any kind of item. */
export const reservationsSchema = z.array(reservationSchema).optional();

const usageSchema = z.object({
  unit: z.enum(units),
  window: z.string(),
  used: z.number(),
  /** Epoch seconds after which a day's count is removed. */
  ttl: z.number().optional(),
});
/** How much of a unit an owner uses in a window. */
export type Usage = z.infer<typeof usageSchema>;
export const usageCodec = itemCodec(1, usageSchema);

/** Where the uses of an owner's reservations are summed up. */
export const usageKey = ({ owner, unit, window }: Omit<Reservation, 'amount'>): Key =>
  keys.quota(owner, `${unit}#${window}`);

/** A day of UTC. */
const dayOf = (time: Date): string => time.toISOString().slice(0, 10);

/** Milliseconds of the end of a day, by its name. */
export const endOfDay = (day: string): number => Date.parse(`${day}T00:00:00Z`) + 86_400_000;

/** Whether a window is a day. */
export const isDay = (window: string): boolean => /^\d{4}-/.test(window);

/** A day's count is kept two days longer, and then goes by itself. */
const KEEP_MS = 2 * 86_400_000;

/** What the item of a sum says beside the sum. */
export const usageAttributes = ({ unit, window }: Pick<Reservation, 'unit' | 'window'>) => ({
  v: 1,
  unit,
  window,
  ...(isDay(window) ? { ttl: epochSeconds(new Date(endOfDay(window) + KEEP_MS)) } : {}),
});

/** The window of a quota at a time. */
export const windowOf = (name: QuotaName, now: Date): string => {
  const { window } = quotas[name];
  return window === 'day' ? dayOf(now) : window;
};
