/**
 * Reads the members of a mapping from outside.
 *
 * Every function reports what it does not accept and still returns a value of the right type, so that one pass finds
 * all problems. The caller uses a result only if nothing was reported. Null counts as absent.
 */
import { didYouMean, nearestName } from './nearest-name.ts';
import { below, type Location, MAX_PROBLEMS, report } from './problem.ts';
import { pythonText, quotedText } from './python-text.ts';
import { isList, isMapping, type PythonMapping, type PythonValue } from './python-value.ts';
import { type PathKind, readRelativePath } from './relative-path.ts';

/** Returns the mapping at a location; an empty mapping after a report. */
export function mappingAt(value: PythonValue | undefined, location: Location): PythonMapping {
  if (isMapping(value)) return value;
  report(location, 'must be a mapping');
  return {};
}

/** Returns the list at a location; an empty list after a report. */
export function listAt(value: PythonValue | undefined, location: Location): readonly PythonValue[] {
  if (isList(value)) return value;
  report(location, 'must be a list');
  return [];
}

/** Reports every unknown member. `hintFor` returns a hint for a key that is not similar to a known name. */
export function onlyKnown(
  fields: PythonMapping,
  known: readonly string[],
  location: Location,
  hintFor: (key: string) => string = () => '',
): void {
  for (const key of Object.keys(fields)) {
    if (location.problems.length >= MAX_PROBLEMS) return;
    if (!known.includes(key)) {
      const hint = didYouMean(nearestName(key, known)) || hintFor(key) || `; allowed are ${known.join(', ')}`;
      report(location, `unknown element '${quotedText(key)}'${hint}`);
    }
  }
}

function missing(key: string, location: Location): void {
  report(location, `missing element '${key}'`);
}

/** Returns a required text that is not blank, such as a name. */
export function requiredText(fields: PythonMapping, key: string, location: Location): string {
  const value = fields[key];
  if (value === undefined || value === null) missing(key, location);
  else if (typeof value !== 'string' || value.trim() === '')
    report(below(location, key), 'must be text that is not blank');
  else return value;
  return '';
}

/** Returns a text for display. Numbers and booleans, which YAML reads from unquoted words, are converted to text. */
export function displayText(fields: PythonMapping, key: string, location: Location): string | undefined {
  const value = fields[key];
  if (value === undefined || value === null) return undefined;
  if (isList(value) || isMapping(value)) report(below(location, key), 'must be text');
  return pythonText(value);
}

export function requiredDisplayText(fields: PythonMapping, key: string, location: Location): string {
  const text = displayText(fields, key, location);
  if (text === undefined) missing(key, location);
  return text ?? '';
}

export function optionalFlag(fields: PythonMapping, key: string, location: Location): boolean | undefined {
  const value = fields[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'boolean') return value;
  report(below(location, key), 'must be true or false');
  return false;
}

export function optionalIndex(fields: PythonMapping, key: string, location: Location): number | undefined {
  const value = fields[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  report(below(location, key), 'must be an integer');
  return 0;
}

export function requiredIndex(fields: PythonMapping, key: string, location: Location): number {
  const index = optionalIndex(fields, key, location);
  if (index === undefined) missing(key, location);
  return index ?? 0;
}

/** Returns a list of texts; an empty list if it is absent. */
export function textList(
  fields: PythonMapping,
  key: string,
  location: Location,
  limits: { readonly entries: number; readonly characters?: number; readonly total?: number },
): readonly string[] {
  const at = below(location, key);
  const list = listAt(fields[key] ?? [], at);
  const { entries, characters = Number.POSITIVE_INFINITY } = limits;
  if (list.length > entries) {
    report(at, `more than ${entries} entries`);
    return [];
  }
  const { total = Number.POSITIVE_INFINITY } = limits;
  const length = list.reduce<number>((sum, item) => sum + (typeof item === 'string' ? item.length : 0), 0);
  if (length > total) {
    report(at, `longer than ${total} characters in all`);
    return [];
  }
  return list.map((item, i) => {
    if (typeof item !== 'string') report(below(at, i), 'must be text; write it in quotes');
    else if (item.length > characters) report(below(at, i), `longer than ${characters} characters`);
    else return item;
    return '';
  });
}

/** Returns the relative path at a location, in normal form. */
export function pathAt(value: PythonValue, kind: PathKind, location: Location): string {
  if (typeof value !== 'string') {
    report(location, 'must be a relative path');
    return '';
  }
  const reading = readRelativePath(value, kind);
  if (reading.ok) return reading.path;
  report(location, `the path '${quotedText(value)}' ${reading.fault}`);
  return '';
}

export function requiredPath(fields: PythonMapping, key: string, kind: PathKind, location: Location): string {
  const value = fields[key];
  if (value !== undefined && value !== null) return pathAt(value, kind, below(location, key));
  missing(key, location);
  return '';
}

// biome-ignore lint/complexity/noBannedTypes: `{} | null` is the type that `!== undefined` narrows to
type Defined<T> = { [K in keyof T]?: T[K] & ({} | null) };

/** Returns the members that are not undefined, to build an object with optional members. */
export function defined<T extends object>(fields: T): Defined<T> {
  const result: Defined<T> = {};
  for (const key in fields) {
    const value = fields[key];
    if (value !== undefined) result[key] = value;
  }
  return result;
}
