import { invalid } from '../errors.ts';
import { MAX_NAME_LENGTH } from '../users/user.ts';

/**
 * A group's name as it is stored: not trimmed, but checked without its surrounding blanks (flowServ HTTP
 * API, groups).
 *
 * @throws FlowservError 400
 */
export function checkGroupName(name: string): string {
  const trimmed = name.trim();
  if (trimmed === '' || [...trimmed].length > MAX_NAME_LENGTH) throw invalid('group.name', 'invalid name');
  return name;
}

export const groupExists = (name: string, cause?: unknown) =>
  invalid('group.duplicate', `group '${name}' exists`, cause);
