import { FlowservError, tooMany } from '../errors.ts';
import type { Services } from '../services/services.ts';
import { ConditionFailed } from '../store/conditional.ts';
import type { Condition } from '../store/expressions.ts';
import type { Write } from '../store/item.ts';
import {
  AGAIN_SECONDS,
  endOfDay,
  isDay,
  type QuotaName,
  quotas,
  type Reservation,
  usageAttributes,
  usageCodec,
  usageKey,
  windowOf,
} from './quota.ts';

/** What a request needs of a user's quotas. 0 requires only that the quota is not used up: the amount is known later. */
export type QuotaDemand = Partial<Readonly<Record<QuotaName, number>>>;

/** What a request needs of one sum. */
export interface Demand {
  readonly reservation: Reservation;
  /** Undefined: counted without a limit. */
  readonly limit: number | undefined;
  /** The error when the limit is reached. */
  readonly exceeded: () => FlowservError;
}

export interface Claim {
  /** The reservations that the new item must store, so that they can be refunded; undefined without any. */
  readonly reservations: Reservation[] | undefined;
  /** Writes for the transaction that creates the item. */
  readonly writes: readonly Write[];
  /**
   * The error for a transaction that was rejected.
   *
   * @param actions positions of the failed actions
   * @param first position of the first of `writes` in the transaction
   * @returns undefined when all quotas had room
   */
  errorFor(actions: readonly number[], first: number): FlowservError | undefined;
}

/**
 * Claims what a request needs of its owner's quotas. Writes nothing: the claim's writes belong into the transaction
 * that creates the item, so that nothing is counted without being created, and nothing is created without being
 * counted. A quota without a limit is not counted.
 *
 * @param owner id of the user who creates the item
 * @param demands what it needs of other sums; their errors come first
 */
export function claim(
  services: Services,
  owner: string,
  demand: QuotaDemand,
  demands: readonly Demand[] = [],
): Claim {
  return claimOf(services, [...demands, ...quotaDemands(services, owner, demand)]);
}

/** Claims what a request needs of any sums. */
export function claimOf({ table }: Pick<Services, 'table'>, demands: readonly Demand[]): Claim {
  const write = ({ reservation, limit }: Demand): Write => {
    const key = usageKey(reservation);
    const { amount } = reservation;
    const change = { set: usageAttributes(reservation), add: { used: amount } };
    if (limit === undefined) return table.write.update(key, change);
    if (amount === 0) return table.write.check(key, notUsedUp(limit));
    return table.write.update(key, change, roomFor(amount, limit));
  };
  return {
    reservations: demands.length === 0 ? undefined : demands.map(({ reservation }) => reservation),
    writes: demands.map(write),
    errorFor: (actions, first) =>
      demands.find((_, position) => actions.includes(first + position))?.exceeded(),
  };
}

/**
 * Rejects a request that certainly exceeds a limit, before anything is written for it. The claim decides again.
 *
 * @throws FlowservError of the first limit that is reached
 */
export async function checkRoom(
  { table }: Pick<Services, 'table'>,
  demands: readonly Demand[],
): Promise<void> {
  const limited = demands.filter(({ limit }) => limit !== undefined);
  if (limited.length === 0) return;
  const used = await readSums(
    { table },
    limited.map(({ reservation }) => reservation),
  );
  const full = limited.find(
    ({ reservation, limit = 0 }, position) => (used[position] ?? 0) + reservation.amount > limit,
  );
  if (full) throw full.exceeded();
}

/** The sums that reservations count in. */
export async function readSums(
  { table }: Pick<Services, 'table'>,
  reservations: readonly Reservation[],
): Promise<number[]> {
  const wanted = reservations.map(usageKey);
  const items = await table.getMany(wanted);
  return wanted.map(({ pk, sk }) => {
    const item = items.find((found) => found.pk === pk && found.sk === sk);
    return usageCodec.readMaybe(item)?.used ?? 0;
  });
}

function quotaDemands({ config, now }: Services, owner: string, demand: QuotaDemand): Demand[] {
  const time = now();
  return (Object.keys(demand) as QuotaName[]).flatMap((name) => {
    const limit = config.quotas[name];
    const amount = demand[name];
    if (limit === undefined || amount === undefined) return [];
    const window = windowOf(name, time);
    const reservation: Reservation = { owner, unit: quotas[name].unit, window, amount };
    return [{ reservation, limit, exceeded: () => usedUp(name, limit, window, time) }];
  });
}

/**
 * Spends amounts of a day at once, before the work that they are for. They are spent even if that work fails or its
 * result is removed.
 *
 * @throws FlowservError 429 when a quota is used up
 */
export async function spend(
  services: Services,
  owner: string,
  demand: Readonly<Partial<Record<'storedBytesPerDay', number>>>,
): Promise<void> {
  const { writes, errorFor } = claim(services, owner, demand);
  if (writes.length === 0) return;
  try {
    await services.table.transact(writes);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    throw errorFor(error.actions, 0) ?? error;
  }
}

const notUsedUp = (limit: number): Condition => ({
  expression: 'attribute_not_exists(#used) OR #used < :limit',
  values: { limit },
});

/** An amount above the limit is rejected even if nothing is used. */
const roomFor = (amount: number, limit: number): Condition =>
  amount > limit
    ? { expression: 'attribute_exists(#used) AND #used <= :room', values: { room: limit - amount } }
    : { expression: 'attribute_not_exists(#used) OR #used <= :room', values: { room: limit - amount } };

/** 413 for bytes, as for a file that is too large; 429 otherwise. */
function usedUp(name: QuotaName, limit: number, window: string, now: Date): FlowservError {
  const { code, message } = quotas[name];
  if (name === 'bytes') return new FlowservError(code, message(limit));
  const seconds = isDay(window) ? Math.ceil((endOfDay(window) - now.getTime()) / 1000) : undefined;
  return tooMany(code, message(limit), seconds ?? AGAIN_SECONDS);
}
