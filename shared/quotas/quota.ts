import * as z from 'zod';
import type { Config } from '../config.ts';
import type { ErrorCode } from '../error-catalogue.ts';
import { epochSeconds } from '../ids.ts';
import { itemCodec } from '../store/codec.ts';
import type { Key } from '../store/keys.ts';
import { sumOf } from './owners.ts';

/** Units that quotas count. */
const units = ['runs', 'groups', 'bytes', 'vcpu-seconds', 'stored-bytes', 'choices'] as const;
type Unit = (typeof units)[number];

/** Names of the quotas, as in the settings. */
export type QuotaName = keyof Config['quotas'];

interface Quota {
  /** Code of the error when the quota is used up. */
  readonly code: ErrorCode;
  readonly unit: Unit;
  /**
   * How long a reservation counts: while a run is `active`, while an object is `kept`, or until the end of its `day`.
   */
  readonly window: 'active' | 'kept' | 'day';
  /** Error message for a user whose quota is used up; `limit` is the setting's value. */
  readonly message: (limit: number) => string;
}

/** Every quota of a user. A new one also needs a setting in `config.ts` and a demand where it is reserved. */
export const quotas: Readonly<Record<QuotaName, Quota>> = {
  activeRuns: {
    code: 'quota.active-runs',
    unit: 'runs',
    window: 'active',
    message: (limit) => `you have ${limit} active runs, which is the maximum; wait for one or cancel it`,
  },
  runsPerDay: {
    code: 'quota.runs-per-day',
    unit: 'runs',
    window: 'day',
    message: (limit) =>
      `you started ${limit} runs today, which is the maximum per day; try again after midnight UTC`,
  },
  vcpuSecondsPerDay: {
    code: 'quota.vcpu-seconds-per-day',
    unit: 'vcpu-seconds',
    window: 'day',
    message: (limit) => `your runs used the ${limit} vCPU seconds of today; try again after midnight UTC`,
  },
  groups: {
    code: 'quota.groups',
    unit: 'groups',
    window: 'kept',
    message: (limit) => `you own ${limit} groups, which is the maximum; delete one that you no longer need`,
  },
  bytes: {
    code: 'quota.bytes',
    unit: 'bytes',
    window: 'kept',
    message: (limit) =>
      `not enough storage: your uploads and results may take ${limit} bytes; delete files or runs that you no longer need`,
  },
  storedBytesPerDay: {
    code: 'quota.stored-bytes-per-day',
    unit: 'stored-bytes',
    window: 'day',
    message: (limit) =>
      `you may store ${limit} bytes per day, deleted ones included; try again after midnight UTC`,
  },
};

/**
 * An amount of a unit that counts against an owner's quota. The item that holds it (a run, a group, an upload) stores
 * it, so that it is refunded once and can be summed up again.
 */
const reservationSchema = z.object({
  /** User id, or the owner of a limit of a contest (`owners.ts`). */
  owner: z.string(),
  unit: z.enum(units),
  /** `active`, `kept`, `total` for what always counts, or the day in UTC as `2026-11-29`. */
  window: z.string(),
  amount: z.number(),
});
export type Reservation = z.infer<typeof reservationSchema>;

/** The attribute `reservations` of an item of any kind. */
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

/** The key of the sum of an owner's reservations. */
export const usageKey = ({ owner, unit, window }: Omit<Reservation, 'amount'>): Key =>
  sumOf(owner, `${unit}#${window}`);

/** A day in UTC. */
export const dayOf = (time: Date): string => time.toISOString().slice(0, 10);

/** End of a day in milliseconds, by its name. */
export const endOfDay = (day: string): number => Date.parse(`${day}T00:00:00Z`) + 86_400_000;

/** Whether a window is a day. */
export const isDay = (window: string): boolean => /^\d{4}-/.test(window);

/** Whether what counts in a window still counts after its holder is removed. */
export const isLasting = (window: string): boolean => isDay(window) || window === 'total';

/** When a client may retry, in seconds, in case a run ended or something was deleted. */
export const AGAIN_SECONDS = 60;

/** A day's count is kept two days longer, and then expires. */
const KEEP_MS = 2 * 86_400_000;

/** Attributes of the item of a sum, without the sum itself. */
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
