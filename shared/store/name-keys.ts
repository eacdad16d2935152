import { comparableName } from '../documents/display-name.ts';
import { absent } from './expressions.ts';
import type { Item, Write } from './item.ts';
import type { Key } from './keys.ts';
import type { Table } from './table.ts';

/**
 * Names are reserved by the form in which they are compared (`comparableName`). Earlier versions reserved them as
 * written; those reservations keep their keys and remain valid.
 *
 * @param keyOf the key of a reservation by the text that it reserves
 */
type KeyOf = (text: string) => Key;

/** The key under which a name is reserved now. */
export const nameKey = (keyOf: KeyOf, name: string): Key => keyOf(comparableName(name));

/** The key under which an earlier version reserved a name, if it differs. */
const earlierKey = (keyOf: KeyOf, name: string): Key | undefined =>
  comparableName(name) === name ? undefined : keyOf(name);

/**
 * A reservation that an earlier version created for a name as written. No new ones are created, so one read is enough.
 */
export async function readEarlierReservation(
  table: Table,
  keyOf: KeyOf,
  name: string,
): Promise<Item | undefined> {
  const key = earlierKey(keyOf, name);
  return key && (await table.get(key));
}

/** All reservations for a name. */
export async function readReservations(table: Table, keyOf: KeyOf, name: string): Promise<Item[]> {
  const found = [await table.get(nameKey(keyOf, name)), await readEarlierReservation(table, keyOf, name)];
  return found.filter((item) => item !== undefined);
}

/** The key of an object's reservation for its own name. */
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
 * The writes that rename an object; the new name's reservation comes first. Another spelling of the same name keeps
 * the reservation and needs no write.
 *
 * @param before the key of the object's current reservation
 * @param reserved the reservation of the new name
 */
export const renameReservation = ({ write }: Pick<Table, 'write'>, before: Key, reserved: Item): Write[] =>
  before.pk === reserved.pk ? [] : [write.put(reserved, absent), write.remove(before)];
