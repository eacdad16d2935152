/** The phases of a contest in the manifest. */
import { defined, listAt, mappingAt, onlyKnown, requiredText } from '../documents/fields.ts';
import { below, type Location, report } from '../documents/problem.ts';
import { quotedText } from '../documents/python-text.ts';
import type { PythonMapping, PythonValue } from '../documents/python-value.ts';
import type { ContestLimits } from './contest.ts';
import { PHASE_ID, type Phase, type ReplacedFile } from './phases.ts';
import { timeAt } from './read-time.ts';
import { readersAt } from './read-visibility.ts';

const MAX_PHASES = 20;
const MAX_NAME = 200;
/** Files that a phase replaces. */
const MAX_INPUTS = 100;
type ReadLimits = (value: PythonValue | undefined, location: Location) => ContestLimits;

function readId(fields: PythonMapping, location: Location): string {
  const id = requiredText(fields, 'id', location);
  if (id !== '' && !PHASE_ID.test(id)) {
    report(below(location, 'id'), 'must be 1 to 32 letters, digits or hyphens, not a hyphen first');
  }
  return id;
}

function readName(fields: PythonMapping, id: string, location: Location): string {
  if ((fields.name ?? null) === null) return id;
  const name = requiredText(fields, 'name', location);
  if (name.length > MAX_NAME) report(below(location, 'name'), `has more than ${MAX_NAME} characters`);
  return name;
}

/** Which private files steps get in place of others: paths by paths. */
function readInputs(value: PythonValue | undefined, location: Location): ReplacedFile[] | undefined {
  if (value === undefined || value === null) return undefined;
  const entries = Object.entries(mappingAt(value, location));
  if (entries.length === 0) return undefined;
  if (entries.length > MAX_INPUTS) {
    report(location, `more than ${MAX_INPUTS} files`);
    return undefined;
  }
  return entries.map(([path, by]) => {
    if (typeof by === 'string') return { path, by };
    report(below(location, path), 'must be the path of a private static file');
    return { path, by: '' };
  });
}

function readPhase(value: PythonValue, location: Location, readLimits: ReadLimits): Phase {
  const fields = mappingAt(value, location);
  onlyKnown(
    fields,
    ['id', 'name', 'opens', 'closes', 'limits', 'requires', 'leaderboard', 'inputs'],
    location,
  );
  const id = readId(fields, location);
  return {
    id,
    name: readName(fields, id, location),
    limits: readLimits(fields.limits, below(location, 'limits')),
    ...defined({
      opens: timeAt(fields, 'opens', location),
      closes: timeAt(fields, 'closes', location),
      requires: (fields.requires ?? null) === null ? undefined : requiredText(fields, 'requires', location),
      leaderboard: readersAt(fields, location),
      inputs: readInputs(fields.inputs, below(location, 'inputs')),
    }),
  };
}

/**
 * What is wrong with the times of phases, which may be changed apart from the manifest: by the position of the phase.
 */
function faultOfTimes(
  phases: readonly Pick<Phase, 'id' | 'opens' | 'closes'>[],
): { readonly position: number; readonly message: string } | undefined {
  for (const [position, { opens, closes }] of phases.entries()) {
    const before = phases[position - 1];
    if (opens !== undefined && closes !== undefined && Date.parse(opens) >= Date.parse(closes)) {
      return { position, message: `closes at ${closes}, which is not after it opens, at ${opens}` };
    }
    if (!before) continue;
    if (opens === undefined) {
      return { position, message: "missing element 'opens', which only the first phase may leave out" };
    }
    if (before.closes === undefined || Date.parse(before.closes) > Date.parse(opens)) {
      const end = before.closes === undefined ? 'does not close' : `closes only at ${before.closes}`;
      const message = `opens at ${opens}, but phase '${before.id}' ${end}; one phase is open at a time`;
      return { position, message };
    }
  }
  return undefined;
}

function checkTogether(phases: readonly Phase[], location: Location): void {
  for (const [position, { id, requires }] of phases.entries()) {
    const earlier = phases.slice(0, position);
    const at = below(location, position);
    if (earlier.some((phase) => phase.id === id)) report(at, `the id '${quotedText(id)}' is in use`);
    if (requires !== undefined && !earlier.some((phase) => phase.id === requires)) {
      report(below(at, 'requires'), `no earlier phase has the id '${quotedText(requires)}'`);
    }
  }
  const fault = faultOfTimes(phases);
  if (fault) report(below(location, fault.position), fault.message);
}

/**
 * Reads the phases at a location, in the order of their times, and reports their problems; undefined if absent.
 *
 * @param readLimits reads the limits of a phase
 */
export function readPhases(
  value: PythonValue | undefined,
  location: Location,
  readLimits: ReadLimits,
): readonly Phase[] | undefined {
  if (value === undefined || value === null) return undefined;
  const list = listAt(value, location);
  if (list.length === 0)
    report(location, 'must have at least one phase; remove it for a contest without phases');
  if (list.length > MAX_PHASES) {
    report(location, `more than ${MAX_PHASES} phases`);
    return undefined;
  }
  const phases = list.map((phase, position) => readPhase(phase, below(location, position), readLimits));
  checkTogether(phases, location);
  return phases;
}
