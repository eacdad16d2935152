/**
 * JSON Schema of the arguments of a run, for form libraries.
 *
 * An instance is one mapping of parameter names to values. Each member, as `{name, value}`, is an argument of the HTTP
 * API. Only standard keywords are used, so that strict validators accept the schema.
 *
 * Source: JSON Schema, draft 2020-12; flowServ template specification, parameter types.
 */

import { type PythonValue, pythonEquals } from '../documents/python-value.ts';
import { fittingDefault } from './arguments.ts';
import { displayOrder, type Parameter } from './parameter.ts';
import type { NestedForms, Schema } from './parameter-types/descriptor.ts';
import { mustBeGiven } from './parameter-types/must-be-given.ts';
import { type Dtype, forms } from './parameter-types/types.ts';

const nested: NestedForms<Parameter> = {
  schema: parameterSchema,
  objectOf,
  plain,
  isDefault: (parameter, value) => {
    const byDefault = fittingDefault(parameter);
    return byDefault !== undefined && pythonEquals(byDefault, value);
  },
};

/** Returns the schema of an object with these parameters: a form or a record. */
function objectOf(parameters: readonly Parameter[]): Schema {
  const ordered = displayOrder(parameters);
  return {
    type: 'object',
    properties: Object.fromEntries(ordered.map((parameter) => [parameter.name, parameterSchema(parameter)])),
    required: ordered.filter(mustBeGiven).map(({ name }) => name),
    additionalProperties: false,
  };
}

function parameterSchema(parameter: Parameter): Schema {
  const { name, label, help } = parameter;
  const ofType = <D extends Dtype>(type: D, typed: Parameter<D>) => forms[type].schema(typed, nested);
  const byDefault = fittingDefault(parameter);
  const preset = byDefault === undefined ? undefined : plain(parameter, byDefault);
  return {
    title: label ?? name,
    ...(help === undefined ? {} : { description: help }),
    ...ofType(parameter.dtype, parameter),
    ...(preset === undefined ? {} : { default: preset }),
  };
}

/**
 * Returns a value of `castArgument` as JSON that the schema accepts and that is cast to the same value.
 *
 * @returns undefined if there is none: for files, whose argument is an upload, and for NaN and infinities
 */
export function plain(parameter: Parameter, value: PythonValue): unknown {
  const ofType = <D extends Dtype>(type: D, typed: Parameter<D>) => forms[type].plain(typed, value, nested);
  return ofType(parameter.dtype, parameter);
}

/**
 * Returns the schema of a run's arguments.
 *
 * The API accepts what the schema accepts, apart from rules that a schema cannot express: that a file exists, that its
 * path is inside the run directory, and that a text has no character that commands cannot receive. The API also
 * accepts other spellings, such as numbers as text.
 *
 * @param parameters parameters of a template or group.
 * @param title title of the form, e.g. the workflow's name.
 */
export function argumentSchema(parameters: readonly Parameter[], title: string): Schema {
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', title, ...objectOf(parameters) };
}
