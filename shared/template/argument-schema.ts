/**
 * JSON Schema of the arguments of a run: what a form library needs to ask for them.
 *
 * An instance is one mapping of parameter names to values; each member, as `{name, value}`, is an argument of
 * the HTTP API. Only standard keywords are used, so that strict validators take the schema.
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

/** What all parameters of one object have in common: a form, a record. */
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
 * A value that `castArgument` has given as the JSON that the schema accepts and that is cast to the same value.
 *
 * @returns undefined where there is none: of files, whose argument is an upload, and of NaN and infinities
 */
export function plain(parameter: Parameter, value: PythonValue): unknown {
  const ofType = <D extends Dtype>(type: D, typed: Parameter<D>) => forms[type].plain(typed, value, nested);
  return ofType(parameter.dtype, parameter);
}

/**
 * The schema of a run's arguments.
 *
 * What the schema accepts, the API takes, apart from what a schema cannot say: that a file exists, that its
 * path is inside the run directory, and whether a text holds a character that no command can get. Conversely
 * the API takes more spellings, such as numbers as text.
 *
 * @param parameters of a template or group.
 * @param title of the form, e.g. the workflow's name.
 */
export function argumentSchema(parameters: readonly Parameter[], title: string): Schema {
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', title, ...objectOf(parameters) };
}
