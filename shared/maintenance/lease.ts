import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { dueAttributes, minutesLater } from '../store/due.ts';
import { all, type Condition, madeAt, marked } from '../store/expressions.ts';
import type { Item } from '../store/item.ts';
import type { Key } from '../store/keys.ts';

/**
 * More than the 300 s of the function that purges: when another worker may take over, the previous one is dead. The
 * operator's computer has no such limit and may sleep in between; `withinLease` keeps it from removing objects of a
 * new owner of the same identifier.
 */
const LEASE_MINUTES = 6;
/** Time before the end of the lease in which no work begins. */
const MARGIN_MINUTES = 1;

/** An item that is marked as deleted. */
export interface Marked {
  readonly id: string;
  readonly key: Key;
  /** Time of creation, if another item may have the same identifier. */
  readonly createdAt?: string | undefined;
}

/** The lease is about to end, so nothing more may be removed under it. */
export class LeaseOver extends Error {
  override readonly name = 'LeaseOver';
}

/**
 * Takes the lease of a purge.
 *
 * @returns the item as it is now, or undefined when it is gone, not marked, or leased by another worker
 */
export async function take(
  { table, now }: Services,
  { id, key, createdAt }: Marked,
): Promise<Item | undefined> {
  const until = minutesLater(now(), LEASE_MINUTES);
  const free: Condition = {
    expression: 'attribute_not_exists(#purgingUntil) OR #purgingUntil <= :now',
    values: { now: now().toISOString() },
  };
  const set = { purgingUntil: until.toISOString(), ...dueAttributes(id, until) };
  const meant = createdAt === undefined ? [] : [madeAt(createdAt)];
  return (await conditionally(table.update(key, { set }, all(marked, free, ...meant))))?.value;
}

/**
 * Releases a lease. The sweep takes up the purge at the given time; a message may do so earlier. Does nothing if
 * another worker took the lease meanwhile.
 *
 * @param item as `take` returned it
 */
export async function release(
  { table }: Services,
  { id, key }: Marked,
  { purgingUntil }: Item,
  at: Date,
): Promise<void> {
  const change = { set: dueAttributes(id, at), remove: ['purgingUntil'] };
  const own: Condition = { expression: '#purgingUntil = :purgingUntil', values: { purgingUntil } };
  await conditionally(table.update(key, change, all(marked, own)));
}

/**
 * Whether there is time to begin something under a lease, by the wall clock, which continues while the computer
 * sleeps.
 */
export const isHeld = ({ now }: Pick<Services, 'now'>, { purgingUntil }: Item): boolean =>
  now() < minutesLater(new Date(String(purgingUntil)), -MARGIN_MINUTES);

/**
 * Services that remove nothing when the lease is about to end: objects that they listed may then belong to a new
 * owner.
 *
 * @param item as `take` returned it
 */
export function withinLease(services: Services, item: Item): Services {
  const { table, objects } = services;
  const check = () => {
    if (!isHeld(services, item)) throw new LeaseOver();
  };
  return {
    ...services,
    table: {
      ...table,
      async remove(...call) {
        check();
        await table.remove(...call);
      },
      async transact(writes) {
        check();
        await table.transact(writes);
      },
    },
    objects: {
      ...objects,
      async remove(...call) {
        check();
        await objects.remove(...call);
      },
      removeAll: (bucket, prefix, stays = () => false) =>
        // Checks for each object of a page, right before the page is removed.
        objects.removeAll(bucket, prefix, (key) => {
          check();
          return stays(key);
        }),
    },
  };
}
