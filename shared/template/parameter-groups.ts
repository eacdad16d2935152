/** Display groups of parameters. */
import {
  listAt,
  mappingAt,
  onlyKnown,
  requiredDisplayText,
  requiredIndex,
  requiredText,
} from '../documents/fields.ts';
import { didYouMean, nearestName } from '../documents/nearest-name.ts';
import { below, type Location, takesWarnings } from '../documents/problem.ts';
import { quotedText } from '../documents/python-text.ts';
import type { PythonValue } from '../documents/python-value.ts';
import { normaliseGroup } from './normalise.ts';
import type { Parameter } from './parameter.ts';
import { warn } from './template-warnings.ts';

export interface ParameterGroup {
  readonly name: string;
  readonly title: string;
  readonly index: number;
}

function readGroup(raw: PythonValue, location: Location): ParameterGroup {
  const fields = mappingAt(normaliseGroup(raw), location);
  onlyKnown(fields, ['name', 'title', 'index'], location);
  return {
    name: requiredText(fields, 'name', location),
    title: requiredDisplayText(fields, 'title', location),
    index: requiredIndex(fields, 'index', location),
  };
}

/** Reads the list at a location. Every group has exactly a name, a title and an index. */
export function readParameterGroups(value: PythonValue, location: Location): readonly ParameterGroup[] {
  return listAt(value, location).map((group, i) => readGroup(group, below(location, i)));
}

/** Warns about parameters in a group that the template does not declare; forms show them in no group. */
export function warnOfUnknownGroups(
  parameters: readonly Parameter[],
  groups: readonly ParameterGroup[] = [],
  location: Location,
): void {
  const names = groups.map(({ name }) => name);
  for (const { name, group } of parameters) {
    if (!takesWarnings(location)) return;
    if (group === undefined || names.includes(group)) continue;
    const hint = didYouMean(nearestName(group, names)) || "; list it under 'parameterGroups'";
    warn(
      location,
      'group.unknown',
      `parameter '${quotedText(name)}' is in no declared group '${quotedText(group)}'${hint}`,
    );
  }
}
