/** One parameter declaration: the members common to all types, and the dispatch to its type. */
import {
  defined,
  displayText,
  mappingAt,
  onlyKnown,
  optionalFlag,
  optionalIndex,
  requiredFlag,
  requiredIndex,
  requiredText,
} from '../documents/fields.ts';
import { below, type Place, report } from '../documents/problem.ts';
import { quotedText } from '../documents/python-text.ts';
import type { PythonMapping, PythonValue } from '../documents/python-value.ts';
import { normaliseParameter } from './normalise.ts';
import type { Dtype, Parameter, ParameterBase } from './parameter.ts';
import { parseList, parseRecord } from './parameter-types/collection.ts';
import { parseFile } from './parameter-types/file.ts';
import { parseNumeric } from './parameter-types/numeric.ts';
import { parseSelect } from './parameter-types/select.ts';

const COMMON = ['name', 'dtype', 'index', 'isRequired', 'label', 'help', 'defaultValue', 'group'];

/** The elements that each type adds. */
const TYPE_ELEMENTS: Readonly<Record<Dtype, readonly string[]>> = {
  bool: [],
  int: ['range'],
  float: ['range'],
  string: [],
  select: ['values'],
  file: ['target'],
  list: ['para'],
  record: ['fields'],
  actor: [],
};

function isDtype(value: PythonValue | undefined): value is Dtype {
  return typeof value === 'string' && Object.hasOwn(TYPE_ELEMENTS, value);
}

/** Index and flag of a declaration; only the top level may leave them out. */
function placeAndFlag(fields: PythonMapping, place: Place, position: number | undefined) {
  if (position === undefined) {
    return {
      index: requiredIndex(fields, 'index', place),
      isRequired: requiredFlag(fields, 'isRequired', place),
    };
  }
  return {
    index: optionalIndex(fields, 'index', place) ?? position,
    isRequired: optionalFlag(fields, 'isRequired', place) ?? !Object.hasOwn(fields, 'defaultValue'),
  };
}

function parseBase(fields: PythonMapping, place: Place, position: number | undefined): ParameterBase {
  return {
    name: requiredText(fields, 'name', place),
    ...placeAndFlag(fields, place, position),
    ...defined({
      label: displayText(fields, 'label', place),
      help: displayText(fields, 'help', place),
      group: displayText(fields, 'group', place),
      defaultValue: fields.defaultValue ?? undefined,
    }),
  };
}

function parseTyped(
  dtype: Dtype,
  base: ParameterBase,
  fields: PythonMapping,
  place: Place,
): Parameter | undefined {
  switch (dtype) {
    case 'bool':
    case 'string':
    case 'actor':
      return { ...base, dtype };
    case 'int':
    case 'float':
      return parseNumeric(base, dtype, fields, place);
    case 'select':
      return parseSelect(base, fields, place);
    case 'file':
      return parseFile(base, fields, place);
    case 'list':
      return parseList(base, fields, place, parseNested);
    case 'record':
      return parseRecord(base, fields, place, parseNested);
  }
}

/**
 * Parses one declaration in any spelling.
 *
 * @param position its place in the template's list, which fills in a missing `index`; undefined for a nested
 * declaration, which must carry `index` and `isRequired` itself.
 * @returns the canonical declaration, or undefined after a report that leaves nothing to build.
 */
export function parseDeclaration(
  declaration: PythonValue,
  place: Place,
  position: number | undefined,
): Parameter | undefined {
  const fields = mappingAt(normaliseParameter(declaration), place);
  const { dtype } = fields;
  const base = parseBase(fields, place, position);
  if (!isDtype(dtype)) {
    const known = Object.keys(TYPE_ELEMENTS).join(', ');
    if (dtype === undefined || dtype === null)
      report(place, `missing element 'dtype'; it is one of ${known}`);
    else report(below(place, 'dtype'), `unknown type '${quotedText(dtype)}'; use one of ${known}`);
    return undefined;
  }
  onlyKnown(fields, [...COMMON, ...TYPE_ELEMENTS[dtype]], place);
  return parseTyped(dtype, base, fields, place);
}

function parseNested(declaration: PythonValue, place: Place): Parameter | undefined {
  return parseDeclaration(declaration, place, undefined);
}
