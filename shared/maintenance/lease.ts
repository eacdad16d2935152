import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { dueAttributes, minutesLater } from '../store/due.ts';
import { all, type Condition, madeAt, marked } from '../store/expressions.ts';
import type { Item } from '../store/item.ts';
import type { Key } from '../store/keys.ts';

/**
 * More than the 300 s of the function that purges: when somebody else may go on, the one before is dead. The operator's
 * machine knows no such limit, and may sleep in between: `withinLease` keeps it from removing what has come under an
 * identifier that another has freed.
 */
const LEASE_MINUTES = 6;
/** What is begun has this time until the lease ends. */
const MARGIN_MINUTES = 1;

/** Something that is marked as deleted. */
export interface Marked {
  readonly id: string;
  readonly key: Key;
  /** When it was made, where another of the same identifier must not be meant. */
  readonly createdAt?: string | undefined;
}

/** There is no time left to remove anything under this lease. */
export class LeaseOver extends Error {
  override readonly name = 'LeaseOver';
}

/**
 * Takes the purge of something into one's own hands.
 *
 * @returns the item as it is now, or undefined when it is gone, not marked, or in somebody else's hands
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
 * Leaves a purge to whoever takes it, not before the given time unless asked to. Where somebody else has taken it
 * meanwhile, it stays theirs.
 *
 * @param item as it was taken
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

/** Whether there is time to begin something under a lease, by the clock on the wall, which goes on while one sleeps. */
export const isHeld = ({ now }: Pick<Services, 'now'>, { purgingUntil }: Item): boolean =>
  now() < minutesLater(new Date(String(purgingUntil)), -MARGIN_MINUTES);

/**
 * Services that remove nothing when the lease is about to end: what they have listed may then belong to another.
 *
 * @param item as it was taken
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
        // Asked of each object of a page, right before the page is removed.
        objects.removeAll(bucket, prefix, (key) => {
          check();
          return stays(key);
        }),
    },
  };
}
