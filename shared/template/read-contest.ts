/**
 * The rules of a contest in the manifest.
 */
import { defined, mappingAt, onlyKnown } from '../documents/fields.ts';
import { below, type Location, report } from '../documents/problem.ts';
import { quotedText } from '../documents/python-text.ts';
import type { PythonMapping, PythonValue } from '../documents/python-value.ts';
import { readByteSize } from '../size-text.ts';
import {
  type Contest,
  type ContestLimits,
  ENTRIES,
  type EntryRule,
  LIMITS,
  type LimitName,
  type RankingRules,
} from './contest.ts';
import { RUN_LIMITS } from './phases.ts';
import { readBudget } from './read-budget.ts';
import { readPhases } from './read-phases.ts';
import { readVisibility } from './read-visibility.ts';
import { warn } from './template-warnings.ts';

/** Maximum number of runs or groups of a limit. */
const MAX_COUNT = 1_000_000;
/** Maximum bytes of a limit: 1 PB, far below the integers that a number holds exactly. */
const MAX_BYTES = 1e15;

const isIntegerIn = (value: PythonValue, least: number, most: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;

function readCount(fields: PythonMapping, name: LimitName, location: Location): number | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (isIntegerIn(value, 1, MAX_COUNT)) return value;
  report(below(location, name), `must be an integer from 1 to ${MAX_COUNT}`);
  return undefined;
}

function readBytes(fields: PythonMapping, name: LimitName, location: Location): number | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  const bytes = typeof value === 'number' || typeof value === 'string' ? readByteSize(value) : undefined;
  if (bytes !== undefined && bytes >= 1 && bytes <= MAX_BYTES) return bytes;
  report(
    below(location, name),
    "must be a number of bytes, or with the unit kB, MB, GB, TB, KiB, MiB, GiB or TiB, such as '1 GB'",
  );
  return undefined;
}

function readLimits(
  value: PythonValue | undefined,
  location: Location,
  names: readonly LimitName[] = LIMITS,
): ContestLimits {
  if (value === undefined || value === null) return {};
  const fields = mappingAt(value, location);
  onlyKnown(fields, names, location);
  const count = (name: LimitName) => readCount(fields, name, location);
  return defined({
    runsPerDay: count('runsPerDay'),
    runs: count('runs'),
    runsAtOnce: count('runsAtOnce'),
    maxGroupMembers: count('maxGroupMembers'),
    groupsPerUser: count('groupsPerUser'),
    uploadBytes: readBytes(fields, 'uploadBytes', location),
  });
}

/** Warns if runs are limited, of the contest or of a phase, and groups are not. */
function checkGroups({ limits, phases = [] }: Contest, location: Location): void {
  const isPerGroup = [limits, ...phases.map((phase) => phase.limits)].some((some) =>
    RUN_LIMITS.some((name) => some[name] !== undefined),
  );
  if (isPerGroup && limits.groupsPerUser === undefined) {
    warn(
      location,
      'contest.groups',
      "the limits of runs are those of a group, and a user can create more groups; set 'groupsPerUser' too",
    );
  }
}

/** Maximum number of runs that a group chooses. */
const MAX_CHOSEN = 20;
/** Maximum decimals: a double has 15 to 17 significant digits. */
const MAX_DECIMALS = 15;
/** Maximum number of columns with decimals, as of the columns of a leaderboard. */
const MAX_DECIMAL_COLUMNS = 1_000;

function readEntry(fields: PythonMapping, location: Location): EntryRule {
  const value = fields.entry ?? 'best';
  const entry = ENTRIES.find((one) => one === value);
  if (entry) return entry;
  report(below(location, 'entry'), `unknown entry '${quotedText(value)}'; use one of ${ENTRIES.join(', ')}`);
  return 'best';
}

function readChosen(fields: PythonMapping, entry: EntryRule, location: Location): number | undefined {
  const value = fields.chosen ?? undefined;
  if (value === undefined) {
    if (entry === 'chosen') report(location, "missing element 'chosen': how many runs a group chooses");
    return undefined;
  }
  const at = below(location, 'chosen');
  if (entry !== 'chosen') report(at, "has no effect without 'entry: chosen'; remove it");
  if (isIntegerIn(value, 1, MAX_CHOSEN)) return value;
  report(at, `must be an integer from 1 to ${MAX_CHOSEN}`);
  return undefined;
}

function readDecimals(fields: PythonMapping, location: Location): Record<string, number> {
  if ((fields.decimals ?? null) === null) return {};
  const at = below(location, 'decimals');
  const entries = Object.entries(mappingAt(fields.decimals, at));
  if (entries.length > MAX_DECIMAL_COLUMNS) {
    report(at, `more than ${MAX_DECIMAL_COLUMNS} columns`);
    return {};
  }
  const read = entries.flatMap(([column, value]): [string, number][] => {
    if (isIntegerIn(value, 0, MAX_DECIMALS)) return [[column, value]];
    report(below(at, column), `must be an integer from 0 to ${MAX_DECIMALS}`);
    return [];
  });
  return Object.fromEntries(read);
}

function readTies(fields: PythonMapping, location: Location): 'shared' | undefined {
  const value = fields.ties ?? undefined;
  if (value === undefined || value === 'shared') return value;
  report(below(location, 'ties'), `unknown value '${quotedText(value)}'; use shared, or remove it`);
  return undefined;
}

function readRanking(value: PythonValue | undefined, location: Location): RankingRules | undefined {
  if (value === undefined || value === null) return undefined;
  const fields = mappingAt(value, location);
  onlyKnown(fields, ['entry', 'chosen', 'decimals', 'ties'], location);
  const entry = readEntry(fields, location);
  return {
    entry,
    decimals: readDecimals(fields, location),
    ...defined({ chosen: readChosen(fields, entry, location), ties: readTies(fields, location) }),
  };
}

/** Reads the section at a location and reports its problems; undefined if it is absent. */
export function readContest(value: PythonValue | undefined, location: Location): Contest | undefined {
  if (value === undefined || value === null) return undefined;
  const fields = mappingAt(value, location);
  onlyKnown(fields, ['limits', 'phases', 'ranking', 'visibility', 'budget'], location);
  const phases = readPhases(fields.phases, below(location, 'phases'), (limits, at) =>
    readLimits(limits, at, RUN_LIMITS),
  );
  const contest: Contest = {
    limits: readLimits(fields.limits, below(location, 'limits')),
    ...defined({
      phases: phases && [...phases],
      ranking: readRanking(fields.ranking, below(location, 'ranking')),
      visibility: readVisibility(fields.visibility, below(location, 'visibility')),
      budget: readBudget(fields.budget, below(location, 'budget')),
    }),
  };
  checkGroups(contest, below(location, 'limits'));
  return contest;
}
