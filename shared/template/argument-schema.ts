/**
 * JSON Schema of the arguments of a run: what a form library needs to ask for them.
 *
 * An instance is one mapping of parameter names to values; each member, as `{name, value}`, is an argument of
 * the HTTP API. Only standard keywords are used, so that strict validators take the schema.
 *
 * Source: JSON Schema, draft 2020-12; flowServ template specification, parameter types.
 */

import { displayOrder, type Parameter } from './parameter.ts';
import type { NestedForms, Schema } from './parameter-types/descriptor.ts';
import { type Dtype, forms } from './parameter-types/types.ts';

const nested: NestedForms<Parameter> = { schema: parameterSchema, objectOf };

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

/** A required parameter with a default value may be left out (flowServ template specification, missing values). */
function mustBeGiven({ isRequired, defaultValue }: Parameter): boolean {
  return isRequired && defaultValue === undefined;
}

function parameterSchema(parameter: Parameter): Schema {
  const { name, label, help } = parameter;
  const ofType = typedForm(parameter.dtype, parameter);
  return {
    title: label ?? name,
    ...(help === undefined ? {} : { description: help }),
    ...ofType.schema,
    ...(ofType.preset === undefined ? {} : { default: ofType.preset }),
  };
}

const typedForm = <D extends Dtype>(type: D, parameter: Parameter<D>) => ({
  schema: forms[type].schema(parameter, nested),
  preset: forms[type].preset(parameter),
});

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
