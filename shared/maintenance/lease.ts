import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { dueAttributes, minutesLater } from '../store/due.ts';
import { all, type Condition, marked } from '../store/expressions.ts';
import type { Item } from '../store/item.ts';
import type { Key } from '../store/keys.ts';

/**
 * More than the 300 s of the function that purges: when somebody else may go on, the one before is dead. So nobody
 * removes what comes under an identifier that another has freed.
 */
const LEASE_MINUTES = 6;

/** Something that is marked as deleted. */
export interface Marked {
  readonly id: string;
  readonly key: Key;
}

/**
 * Takes the purge of something into one's own hands.
 *
 * @returns the item as it is now, or undefined when it is gone, not marked, or in somebody else's hands
 */
export async function take({ table, now }: Services, { id, key }: Marked): Promise<Item | undefined> {
  const until = minutesLater(now(), LEASE_MINUTES);
  const free: Condition = {
    expression: 'attribute_not_exists(#purgingUntil) OR #purgingUntil <= :now',
    values: { now: now().toISOString() },
  };
  const set = { purgingUntil: until.toISOString(), ...dueAttributes(id, until) };
  return (await conditionally(table.update(key, { set }, all(marked, free))))?.value;
}

/** Leaves a purge to whoever takes it, not before the given time unless asked to. */
export async function release({ table }: Services, { id, key }: Marked, at: Date): Promise<void> {
  const change = { set: dueAttributes(id, at), remove: ['purgingUntil'] };
  await conditionally(table.update(key, change, marked));
}
