import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { exists } from '../store/expressions.ts';
import type { Write } from '../store/item.ts';
import type { Key } from '../store/keys.ts';
import type { Table } from '../store/table.ts';
import { isOfContest } from './owners.ts';
import { isLasting, type Reservation, usageAttributes, usageKey } from './quota.ts';

/** What a run used, once it has ended. */
export interface Used {
  /** vCPU seconds of its tasks. */
  readonly vcpuSeconds: number;
  /** Bytes that are kept of the run. */
  readonly bytes: number;
}

/**
 * A run's reservations after its end: the one for active runs is refunded, and amounts that were unknown at the start
 * are filled in.
 *
 * @param counts false if the run does not count in its contest
 */
export function atEnd(
  reservations: readonly Reservation[],
  { vcpuSeconds, bytes }: Used,
  counts: boolean,
): Reservation[] {
  const known = (reservation: Reservation): Reservation => {
    if (reservation.unit === 'vcpu-seconds') return { ...reservation, amount: vcpuSeconds };
    const isSize = reservation.unit === 'bytes' || reservation.unit === 'stored-bytes';
    return isSize ? { ...reservation, amount: bytes } : reservation;
  };
  return reservations
    .filter((reservation) => reservation.window !== 'active' && (counts || !isOfContest(reservation)))
    .map(known);
}

/** The writes that change the sums from one list of reservations to another. */
export function changeWrites(
  { write }: Pick<Table, 'write'>,
  before: readonly Reservation[],
  after: readonly Reservation[],
): Write[] {
  const changes = new Map<string, { key: Key; used: number; reservation: Reservation }>();
  const count = (reservation: Reservation, sign: 1 | -1) => {
    const key = usageKey(reservation);
    const known = changes.get(key.sk + key.pk)?.used ?? 0;
    changes.set(key.sk + key.pk, { key, used: known + sign * reservation.amount, reservation });
  };
  for (const reservation of before) count(reservation, -1);
  for (const reservation of after) count(reservation, 1);
  return [...changes.values()]
    .filter(({ used }) => used !== 0)
    .map(({ key, used, reservation }) =>
      write.update(key, { set: usageAttributes(reservation), add: { used } }),
    );
}

/** The reservations that are refunded when their holder is removed. What was used on a day or in all stays used. */
const refundable = (reservations: readonly Reservation[]): Reservation[] =>
  reservations.filter(({ window }) => !isLasting(window));

/** The writes that refund a holder's reservations, for the transaction that removes it. */
export const refundWrites = (
  table: Pick<Table, 'write'>,
  reservations: readonly Reservation[] = [],
): Write[] => changeWrites(table, refundable(reservations), []);

/**
 * Removes an item and refunds its reservations, once: if the item is already gone, nothing is refunded.
 *
 * @param reservations those that the item stores
 */
export async function removeHolder(
  { table }: Pick<Services, 'table'>,
  key: Key,
  reservations: readonly Reservation[] = [],
): Promise<void> {
  const refunds = refundWrites(table, reservations);
  if (refunds.length === 0) return table.remove(key);
  await conditionally(table.transact([table.write.remove(key, exists), ...refunds]));
}
