import { comparableName } from '../documents/display-name.ts';
import { absent } from './expressions.ts';
import type { Item, Write } from './item.ts';
import type { Key } from './keys.ts';
import type { Table } from './table.ts';

/**
 * Names are reserved by the form in which they are compared (`comparableName`). Earlier versions reserved them as they
 * were written; those reservations keep their keys, and are found for as long as they last.
 *
 * @param keyOf the key of a reservation by the text that it reserves
 */
type KeyOf = (text: string) => Key;

/** The key under which a name is reserved from now on. */
export const nameKey = (keyOf: KeyOf, name: string): Key => keyOf(comparableName(name));

/** The key under which an earlier version would have reserved a name, where it is another one. */
const earlierKey = (keyOf: KeyOf, name: string): Key | undefined =>
  comparableName(name) === name ? undefined : keyOf(name);

/** What an earlier version has reserved as it is written. No new ones are made, so that one look is enough. */
export async function readEarlierReservation(
  table: Table,
  keyOf: KeyOf,
  name: string,
): Promise<Item | undefined> {
  const key = earlierKey(keyOf, name);
  return key && (await table.get(key));
}

/** All reservations that stand for a name. */
export async function readReservations(table: Table, keyOf: KeyOf, name: string): Promise<Item[]> {
  const found = [await table.get(nameKey(keyOf, name)), await readEarlierReservation(table, keyOf, name)];
  return found.filter((item) => item !== undefined);
}

/** The key of the reservation that an object has for its own name. */
export async function ownReservation(
  table: Table,
  keyOf: KeyOf,
  name: string,
  isOwn: (reservation: Item) => boolean,
): Promise<Key> {
  const key = nameKey(keyOf, name);
  const earlier = earlierKey(keyOf, name);
  if (!earlier) return key;
  const item = await table.get(key);
  return item && isOwn(item) ? key : earlier;
}

/**
 * The writes that rename an object; the new name's reservation comes first. Another spelling of the same name keeps the
 * reservation, and needs none.
 *
 * @param before the key of the reservation that the object has
 * @param reserved the reservation of the new name
 */
export const renameReservation = ({ write }: Pick<Table, 'write'>, before: Key, reserved: Item): Write[] =>
  before.pk === reserved.pk ? [] : [write.put(reserved, absent), write.remove(before)];
