/**
 * What an organiser should know of a workflow's source although it can be installed. Each kind has a code, by which the
 * manifest can silence it; docs/templates.md has a row for each.
 */
import { didYouMean, nearestName } from '../documents/nearest-name.ts';
import { addWarning, type Location, takesWarnings } from '../documents/problem.ts';
import { quotedText } from '../documents/python-text.ts';
import type { PythonMapping } from '../documents/python-value.ts';
import type { Warning } from '../documents/warning.ts';

export const WARNING_CODES = [
  'code.unknown',
  'command.fails',
  'command.unquoted',
  'default.infinite',
  'expansion.text',
  'file.dropped',
  'file.missing',
  'group.unknown',
  'image.chosen',
  'key.repeated',
  'key.unknown',
  'option.marked',
  'output.undeclared',
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
  'variable.unknown',
] as const;
export type WarningCode = (typeof WARNING_CODES)[number];

/** Notes at a place what the organiser should know. The message says what and why, and names the mend. */
export const warn: (location: Location, code: WarningCode, message: string) => void = addWarning;

/**
 * Warns of every member that nothing reads. Members that begin with `x-` are the organiser's own, such as anchors.
 *
 * @param known names of the members that are read, or left alone on purpose.
 */
export function warnOfUnknownKeys(fields: PythonMapping, known: readonly string[], location: Location): void {
  for (const key of Object.keys(fields)) {
    if (!takesWarnings(location)) return;
    if (known.includes(key) || key.startsWith('x-')) continue;
    const hint = didYouMean(nearestName(key, known)) || `; known are ${known.join(', ')}`;
    warn(location, 'key.unknown', `nothing reads the key '${quotedText(key)}'${hint}`);
  }
}

/** Warns of codes in the manifest's list that no warning has. */
export function warnOfUnknownCodes(codes: readonly string[], location: Location): void {
  const known: readonly string[] = WARNING_CODES;
  for (const code of codes) {
    if (known.includes(code)) continue;
    warn(
      location,
      'code.unknown',
      `no warning has the code '${quotedText(code)}'${didYouMean(nearestName(code, known))}`,
    );
  }
}

/** A warning with the file that it is about. */
export const inFile =
  (file: string) =>
  ({ code, message }: Warning): Warning => ({ code, message: `${file}: ${message}` });

/** The warnings that the manifest does not silence. */
export const notIgnored = (warnings: readonly Warning[], ignored: readonly string[]): readonly Warning[] =>
  warnings.filter(({ code }) => !ignored.includes(code));
