import { storedName } from '../documents/display-name.ts';
import { invalid } from '../errors.ts';
import type { Services } from '../services/services.ts';
import type { Item } from '../store/item.ts';
import { type Key, keys } from '../store/keys.ts';
import { ownReservation, readEarlierReservation } from '../store/name-keys.ts';
import { checkVisible, isTooLong } from '../users/user.ts';

/** Blanks around the name are kept, up to this length in all: names are shown in every list. */
const MAX_STORED_LENGTH = 2048;

/**
 * A group's name as it is stored: not trimmed, but checked without its surrounding blanks (flowServ HTTP
 * API, groups).
 *
 * @throws FlowservError 400
 */
export function checkGroupName(name: string): string {
  const trimmed = name.trim();
  if (trimmed === '' || isTooLong(trimmed) || name.length > MAX_STORED_LENGTH) {
    throw invalid('group.name', 'invalid name');
  }
  checkVisible(name, 'group.name');
  return storedName(name);
}

/** The keys of names within a workflow. */
export const groupNames =
  (workflowId: string) =>
  (text: string): Key =>
    keys.groupName(workflowId, text);

/** What names are compared in: a group, as far as it has a name. */
interface Named {
  readonly id: string;
  readonly workflowId: string;
  readonly name: string;
}

const isOf =
  ({ id }: Named) =>
  ({ groupId }: Item) =>
    groupId === id;

/**
 * Looks for a reservation that an earlier version has made, which the group's own write would not meet.
 *
 * @throws FlowservError 400 when another group has it
 */
export async function checkEarlierNames({ table }: Services, group: Named): Promise<void> {
  const found = await readEarlierReservation(table, groupNames(group.workflowId), group.name);
  if (found && !isOf(group)(found)) throw groupExists(group.name);
}

/** The key under which a group has reserved its name. */
export const reservedName = ({ table }: Services, group: Named): Promise<Key> =>
  ownReservation(table, groupNames(group.workflowId), group.name, isOf(group));

export const groupExists = (name: string, cause?: unknown) =>
  invalid('group.duplicate', `group '${name}' exists`, cause);
