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
import { below, type Place, takesWarnings } from '../documents/problem.ts';
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

function readGroup(raw: PythonValue, place: Place): ParameterGroup {
  const fields = mappingAt(normaliseGroup(raw), place);
  onlyKnown(fields, ['name', 'title', 'index'], place);
  return {
    name: requiredText(fields, 'name', place),
    title: requiredDisplayText(fields, 'title', place),
    index: requiredIndex(fields, 'index', place),
  };
}

/** Reads the list at a place; every group has exactly a name, a title and an index. */
export function readParameterGroups(value: PythonValue, place: Place): readonly ParameterGroup[] {
  return listAt(value, place).map((group, i) => readGroup(group, below(place, i)));
}

/** Warns of parameters in a group that the template does not declare, which forms show in none. */
export function warnOfUnknownGroups(
  parameters: readonly Parameter[],
  groups: readonly ParameterGroup[] = [],
  place: Place,
): void {
  const names = groups.map(({ name }) => name);
  for (const { name, group } of parameters) {
    if (!takesWarnings(place)) return;
    if (group === undefined || names.includes(group)) continue;
    const hint = didYouMean(nearestName(group, names)) || "; list it under 'parameterGroups'";
    warn(
      place,
      'group.unknown',
      `parameter '${quotedText(name)}' is in no declared group '${quotedText(group)}'${hint}`,
    );
  }
}
