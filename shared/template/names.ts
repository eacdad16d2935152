/**
 * Names and identifiers of workflows.
 *
 * Source: flowServ template specification, names and identifiers.
 */
import { comparableName, findForbiddenCharacter, storedName } from '../documents/display-name.ts';
import { invalid } from '../errors.ts';

/** Maximum length of a name, in characters (code points, as in Python). */
const MAX_NAME_LENGTH = 512;

const IDENTIFIER = /^[A-Za-z0-9_]{1,32}$/;

/**
 * Checks a workflow's name and removes blanks at both ends.
 *
 * @throws 400 `missing name` for null, `invalid name` for a blank or too long name.
 */
export function checkWorkflowName(name: unknown): string {
  if (name === null || name === undefined) throw invalid('name.missing', 'missing name');
  const trimmed = typeof name === 'string' ? name.trim() : '';
  if (trimmed === '' || Array.from(trimmed).length > MAX_NAME_LENGTH) {
    throw invalid('name.invalid', `invalid name; it must have 1 to ${MAX_NAME_LENGTH} characters`);
  }
  const forbidden = findForbiddenCharacter(trimmed);
  if (forbidden !== undefined) {
    throw invalid('name.invalid', `invalid name; leave out the character ${forbidden}`);
  }
  return storedName(trimmed);
}

/**
 * Returns the name itself if no equivalent name is taken, else the name with the smallest free number: `Name (1)`,
 * `Name (2)`, …
 *
 * @throws 400 if the name, with its number, is invalid.
 */
export function uniqueName(name: string, taken: ReadonlySet<string>): string {
  const base = checkWorkflowName(name);
  const compared = new Set([...taken].map(comparableName));
  const isTaken = (form: string) => compared.has(comparableName(form));
  if (!isTaken(base)) return base;
  let number = 1;
  while (isTaken(`${base} (${number})`)) number += 1;
  return checkWorkflowName(`${base} (${number})`);
}

/**
 * Checks an identifier that an operator chose for a workflow or group.
 *
 * @returns the identifier; null if none was given, so that the caller generates one.
 * @throws 400 if it does not consist of 1 to 32 letters, digits and underscores.
 */
export function checkIdentifier(identifier: unknown): string | null {
  if (identifier === null || identifier === undefined) return null;
  if (typeof identifier === 'string' && IDENTIFIER.test(identifier)) return identifier;
  throw invalid('identifier.invalid', 'invalid identifier; use 1 to 32 letters, digits and underscores');
}
