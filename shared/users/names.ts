import { comparableName } from '../documents/display-name.ts';
import type { Services } from '../services/services.ts';
import { keys } from '../store/keys.ts';
import { readReservations } from '../store/name-keys.ts';
import { readPage } from '../store/paging.ts';
import { DEFAULT_USER, DELETED_USER, isOver, userEntryCodec, userPointerCodec } from './user.ts';

/**
 * Whether a user has this name, in any form that counts as the same name. Names that an earlier version reserved
 * exactly as written are found in any case if the user is active. The transaction that reserves the name decides
 * between concurrent requests.
 */
export async function isUserNameTaken({ table, now }: Services, name: string): Promise<boolean> {
  const wanted = comparableName(name);
  if (wanted === DEFAULT_USER.name || wanted === DELETED_USER) return true;
  const reservations = (await readReservations(table, keys.userName, name)).map(userPointerCodec.read);
  if (reservations.some((reservation) => !isOver(reservation, now()))) return true;
  const { entries } = await readPage(table, keys.userEntriesOf(name), userEntryCodec.read);
  return entries.some((entry) => comparableName(entry.name) === wanted);
}
