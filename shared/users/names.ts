import { comparableName } from '../documents/display-name.ts';
import type { Services } from '../services/services.ts';
import { keys } from '../store/keys.ts';
import { readReservations } from '../store/name-keys.ts';
import { readPage } from '../store/paging.ts';
import { DEFAULT_USER, isOver, userEntryCodec, userPointerCodec } from './user.ts';

/**
 * Whether a name is in use by a user, in any form that counts as the same name. Of names that an earlier version
 * reserved as they were written, active users' are found in whatever case; the transaction that reserves the name
 * decides between requests at the same time.
 */
export async function isUserNameTaken({ table, now }: Services, name: string): Promise<boolean> {
  const wanted = comparableName(name);
  if (wanted === DEFAULT_USER.name) return true;
  const reservations = (await readReservations(table, keys.userName, name)).map(userPointerCodec.read);
  if (reservations.some((reservation) => !isOver(reservation, now()))) return true;
  const { entries } = await readPage(table, keys.userEntriesOf(name), userEntryCodec.read);
  return entries.some((entry) => comparableName(entry.name) === wanted);
}
