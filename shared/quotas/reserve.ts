import { FlowservError, tooMany } from '../errors.ts';
import type { Services } from '../services/services.ts';
import { ConditionFailed } from '../store/conditional.ts';
import type { Condition } from '../store/expressions.ts';
import type { Write } from '../store/item.ts';
import {
  endOfDay,
  isDay,
  type QuotaName,
  quotas,
  type Reservation,
  usageAttributes,
  usageKey,
  windowOf,
} from './quota.ts';

/** What a request needs of a quota. 0 requires only that the quota is not used up: the amount is known later. */
export type Demand = Partial<Readonly<Record<QuotaName, number>>>;

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
 */
export function claim({ table, config, now }: Services, owner: string, demand: Demand): Claim {
  const claims = (Object.keys(demand) as QuotaName[]).flatMap((name) => {
    const limit = config.quotas[name];
    const amount = demand[name];
    if (limit === undefined || amount === undefined) return [];
    const reservation: Reservation = {
      owner,
      unit: quotas[name].unit,
      window: windowOf(name, now()),
      amount,
    };
    return [{ name, limit, reservation }];
  });
  const write = (reservation: Reservation, limit: number): Write => {
    const key = usageKey(reservation);
    const { amount } = reservation;
    if (amount === 0) return table.write.check(key, notUsedUp(limit));
    const change = { set: usageAttributes(reservation), add: { used: amount } };
    return table.write.update(key, change, roomFor(amount, limit));
  };
  return {
    reservations: claims.length === 0 ? undefined : claims.map(({ reservation }) => reservation),
    writes: claims.map(({ reservation, limit }) => write(reservation, limit)),
    errorFor: (actions, first) => {
      const exceeded = actions.map((action) => claims[action - first]).find((found) => found !== undefined);
      return exceeded && usedUp(exceeded.name, exceeded.limit, exceeded.reservation.window, now());
    },
  };
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

/** When a client may retry, in case a run ended or something was deleted. */
const AGAIN_SECONDS = 60;
