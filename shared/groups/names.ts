import { invalid } from '../errors.ts';
import { isTooLong } from '../users/user.ts';

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
  return name;
}

export const groupExists = (name: string, cause?: unknown) =>
  invalid('group.duplicate', `group '${name}' exists`, cause);
