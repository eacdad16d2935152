/** Display groups of parameters. */
import {
  listAt,
  mappingAt,
  onlyKnown,
  requiredDisplayText,
  requiredIndex,
  requiredText,
} from '../documents/fields.ts';
import { below, type Place } from '../documents/problem.ts';
import type { PythonValue } from '../documents/python-value.ts';
import { normaliseGroup } from './normalise.ts';

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
