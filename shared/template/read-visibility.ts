/** The visibility rules of a contest in the manifest. */
import { defined, mappingAt, onlyKnown } from '../documents/fields.ts';
import type { Location } from '../documents/problem.ts';
import type { PythonMapping, PythonValue } from '../documents/python-value.ts';
import { RUN_READERS, type VisibilityRules } from './contest.ts';
import { LEADERBOARD_READERS } from './phases.ts';
import { timeAt } from './read-time.ts';
import { wordAt } from './read-word.ts';

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
