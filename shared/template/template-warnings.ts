/**
 * Warnings about a workflow's source that can still be installed. Each kind has a code, by which the manifest can
 * silence it; docs/templates.md has a row for each.
 */
import { didYouMean, nearestName } from '../documents/nearest-name.ts';
import { addWarning, type Location, takesWarnings } from '../documents/problem.ts';
import { quotedText } from '../documents/python-text.ts';
import type { PythonMapping } from '../documents/python-value.ts';
import type { Warning } from '../documents/warning.ts';

export const WARNING_CODES = [
  'cache.never',
  'code.unknown',
  'command.fails',
  'command.unquoted',
  'contest.groups',
  'default.infinite',
  'expansion.text',
  'file.dropped',
  'file.missing',
  'group.unknown',
  'image.chosen',
  'image.version',
  'key.repeated',
  'key.unknown',
  'link.missing',
  'option.marked',
  'output.undeclared',
  'parallel.nothing',
  'parameter.needed',
  'participant.last',
  'participant.nothing',
  'postproc.fails',
  'postproc.input',
  'private.named',
  'private.program',
  'private.unfoldered',
  'private.withheld',
  'result.undeclared',
  'step.unknown',
  'variable.unknown',
] as const;
export type WarningCode = (typeof WARNING_CODES)[number];

/** Adds a warning at a location. The message states the problem and the reason, and how to fix it. */
export const warn: (location: Location, code: WarningCode, message: string) => void = addWarning;

/**
 * Warns about every unknown member. Members that begin with `x-` are the organiser's own, such as anchors.
 *
 * @param known names of the members that are read or deliberately ignored.
 */
export function warnOfUnknownKeys(fields: PythonMapping, known: readonly string[], location: Location): void {
  for (const key of Object.keys(fields)) {
    if (!takesWarnings(location)) return;
    if (known.includes(key) || key.startsWith('x-')) continue;
    const hint = didYouMean(nearestName(key, known)) || `; known are ${known.join(', ')}`;
    warn(location, 'key.unknown', `unknown key '${quotedText(key)}'${hint}`);
  }
}

/** Warns about codes in the manifest's list that do not exist. */
export function warnOfUnknownCodes(codes: readonly string[], location: Location): void {
  const known: readonly string[] = WARNING_CODES;
  for (const code of codes) {
    if (known.includes(code)) continue;
    warn(
      location,
      'code.unknown',
      `unknown warning code '${quotedText(code)}'${didYouMean(nearestName(code, known))}`,
    );
  }
}

/** Adds the name of the file to a warning. */
export const inFile =
  (file: string) =>
  ({ code, message }: Warning): Warning => ({ code, message: `${file}: ${message}` });

/** Returns the warnings that the manifest does not silence. */
export const notIgnored = (warnings: readonly Warning[], ignored: readonly string[]): readonly Warning[] =>
  warnings.filter(({ code }) => !ignored.includes(code));
