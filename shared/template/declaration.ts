/** One parameter declaration: the members common to all types, and the dispatch to its type. */
import {
  defined,
  displayText,
  mappingAt,
  onlyKnown,
  optionalFlag,
  optionalIndex,
  requiredText,
} from '../documents/fields.ts';
import { below, type Location, report } from '../documents/problem.ts';
import { quotedText } from '../documents/python-text.ts';
import type { PythonMapping, PythonValue } from '../documents/python-value.ts';
import { normaliseParameter } from './normalise.ts';
import type { NestedDeclarations, ParameterBase } from './parameter-types/descriptor.ts';
import { type Dtype, declarations, type Parameter } from './parameter-types/types.ts';

/** The elements of every declaration. */
const COMMON = ['name', 'dtype', 'index', 'isRequired', 'label', 'help', 'defaultValue', 'group'];

const isDtype = (value: PythonValue | undefined): value is Dtype =>
  typeof value === 'string' && Object.hasOwn(declarations, value);

/** Access of a type to the declarations inside its own. */
const nested: NestedDeclarations<Parameter> = {
  read: readDeclaration,
  document: declarationDocument,
  filePaths,
};

function readBase(fields: PythonMapping, location: Location, position: number): ParameterBase {
  return {
    name: requiredText(fields, 'name', location),
    index: optionalIndex(fields, 'index', location) ?? position,
    isRequired: optionalFlag(fields, 'isRequired', location) ?? !Object.hasOwn(fields, 'defaultValue'),
    ...defined({
      label: displayText(fields, 'label', location),
      help: displayText(fields, 'help', location),
      group: displayText(fields, 'group', location),
      defaultValue: fields.defaultValue ?? undefined,
    }),
  };
}

function readTyped<D extends Dtype>(
  dtype: D,
  base: ParameterBase,
  fields: PythonMapping,
  location: Location,
): Parameter | undefined {
  onlyKnown(fields, [...COMMON, ...declarations[dtype].elements], location);
  return declarations[dtype].read({ ...base, dtype }, fields, location, nested);
}

/**
 * Reads one declaration in any spelling and reports its problems.
 *
 * @param position its position in the list of the template, or among the fields of a record; used for a missing
 *   `index`.
 * @returns the canonical declaration, or undefined if nothing could be built after a report.
 */
export function readDeclaration(
  declaration: PythonValue,
  location: Location,
  position: number,
): Parameter | undefined {
  const fields = mappingAt(normaliseParameter(declaration), location);
  const { dtype } = fields;
  const base = readBase(fields, location, position);
  if (!isDtype(dtype)) {
    const known = Object.keys(declarations).join(', ');
    if (dtype === undefined || dtype === null)
      report(location, `missing element 'dtype'; it is one of ${known}`);
    else report(below(location, 'dtype'), `unknown type '${quotedText(dtype)}'; use one of ${known}`);
    return undefined;
  }
  return readTyped(dtype, base, fields, location);
}

/** Returns a declaration as a mapping in canonical spelling; reading it again gives an equal declaration. */
export function declarationDocument(parameter: Parameter): PythonMapping {
  const { name, dtype, index, isRequired, label, help, defaultValue, group } = parameter;
  const base = { name, dtype, index, isRequired, ...defined({ label, help, defaultValue, group }) };
  const document = <D extends Dtype>(type: D, ofType: Parameter<D>) =>
    declarations[type].document(ofType, nested);
  return { ...base, ...document(dtype, parameter) };
}

/** Returns the value of a parameter without an argument; undefined if it has no default. */
export function valueByDefault(parameter: Parameter): PythonValue | undefined {
  const value = <D extends Dtype>(type: D, ofType: Parameter<D>) => declarations[type].valueByDefault(ofType);
  return value(parameter.dtype, parameter);
}

/** Returns the paths in the run directory that a declaration sets for files of its arguments. */
export function filePaths(parameter: Parameter): readonly string[] {
  const paths = <D extends Dtype>(type: D, ofType: Parameter<D>) =>
    declarations[type].filePaths(ofType, nested);
  return paths(parameter.dtype, parameter);
}
