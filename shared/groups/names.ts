import { storedName } from '../documents/display-name.ts';
import { invalid } from '../errors.ts';
import type { Services } from '../services/services.ts';
import type { Item } from '../store/item.ts';
import { type Key, keys } from '../store/keys.ts';
import { ownReservation, readEarlierReservation } from '../store/name-keys.ts';
import { checkVisible, isTooLong } from '../users/user.ts';

/** Blanks around the name are kept, up to this total length: every list shows names. */
const MAX_STORED_LENGTH = 2048;

/**
 * Returns a group's name as it is stored: not trimmed, but checked without its surrounding blanks (flowServ HTTP API,
 * groups).
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

/** Returns the keys of names within a workflow. */
export const groupNames =
  (workflowId: string) =>
  (text: string): Key =>
    keys.groupName(workflowId, text);

/** The fields of a group that its name reservation needs. */
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
 * Checks for a reservation by an earlier version, which would not conflict with the group's own write.
 *
 * @throws FlowservError 400 if another group has it
 */
export async function checkEarlierNames({ table }: Services, group: Named): Promise<void> {
  const found = await readEarlierReservation(table, groupNames(group.workflowId), group.name);
  if (found && !isOf(group)(found)) throw groupExists(group.name);
}

/** Returns the key under which a group reserved its name. */
export const reservedName = ({ table }: Services, group: Named): Promise<Key> =>
  ownReservation(table, groupNames(group.workflowId), group.name, isOf(group));

export const groupExists = (name: string, cause?: unknown) =>
  invalid('group.duplicate', `group '${name}' exists`, cause);
