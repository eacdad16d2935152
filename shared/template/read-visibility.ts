/** The visibility rules of a contest in the manifest. */
import { defined, mappingAt, onlyKnown } from '../documents/fields.ts';
import { below, type Location, report } from '../documents/problem.ts';
import { quotedText } from '../documents/python-text.ts';
import type { PythonMapping, PythonValue } from '../documents/python-value.ts';
import { RUN_READERS, type VisibilityRules } from './contest.ts';
import { LEADERBOARD_READERS } from './phases.ts';
import { timeAt } from './read-time.ts';

/** Reads one of some words at a key; undefined if it is absent. */
function wordAt<T extends string>(
  fields: PythonMapping,
  key: string,
  words: readonly T[],
  location: Location,
): T | undefined {
  const value = fields[key] ?? undefined;
  if (value === undefined) return undefined;
  const word = words.find((one) => one === value);
  if (word === undefined) {
    report(below(location, key), `unknown value '${quotedText(value)}'; use one of ${words.join(', ')}`);
  }
  return word;
}

/** Who may see a leaderboard, at the key `leaderboard`. */
export const readersAt = (fields: PythonMapping, location: Location) =>
  wordAt(fields, 'leaderboard', LEADERBOARD_READERS, location);

/** Reads the section at a location and reports its problems; undefined if it is absent. */
export function readVisibility(
  value: PythonValue | undefined,
  location: Location,
): VisibilityRules | undefined {
  if (value === undefined || value === null) return undefined;
  const fields = mappingAt(value, location);
  onlyKnown(fields, ['logs', 'outputs', 'leaderboard', 'until'], location);
  return defined({
    logs: wordAt(fields, 'logs', RUN_READERS, location),
    outputs: wordAt(fields, 'outputs', RUN_READERS, location),
    leaderboard: readersAt(fields, location),
    until: timeAt(fields, 'until', location),
  });
}
