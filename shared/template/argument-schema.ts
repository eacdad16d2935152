/**
 * JSON Schema of the arguments of a run: what a form library needs to ask for them.
 *
 * An instance is one mapping of parameter names to values; each member, as `{name, value}`, is an argument of
 * the HTTP API. Only standard keywords are used, so that strict validators take the schema.
 *
 * Source: JSON Schema, draft 2020-12; flowServ template specification, parameter types.
 */

import { exactJson } from '../documents/exact-json.ts';
import {
  isList,
  isMapping,
  type PythonValue,
  pythonEquals,
  toJsonValue,
  toPythonValue,
} from '../documents/python-value.ts';
import {
  displayOrder,
  type FileParameter,
  type NumericParameter,
  type Parameter,
  type SelectOption,
} from './parameter.ts';
import { declaredTarget } from './parameter-types/file.ts';

type Schema = { readonly [keyword: string]: unknown };

/** Marks the value of a file argument. */
const FILE_TYPE = '$file';

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
  const preset = presetOf(parameter);
  return {
    title: label ?? name,
    ...(help === undefined ? {} : { description: help }),
    ...typeSchema(parameter),
    ...(preset === undefined ? {} : { default: preset }),
  };
}

function typeSchema(parameter: Parameter): Schema {
  switch (parameter.dtype) {
    case 'bool':
      return { type: 'boolean' };
    case 'int':
      return { type: 'integer', ...bounds(parameter) };
    case 'float':
      return { type: 'number', ...bounds(parameter) };
    case 'string':
      return { type: 'string' };
    case 'select':
      return optionsSchema(parameter.values);
    case 'file':
      return fileSchema(parameter);
    case 'list':
      return { type: 'array', items: parameterSchema(parameter.para) };
    case 'record':
      return objectOf(parameter.fields);
    case 'actor':
      return actorSchema;
  }
}

/** An infinite bound is none, for JSON has no infinite number. */
function bounds({ range }: NumericParameter): Schema {
  if (range === undefined) return {};
  const { min, max, minInclusive, maxInclusive } = range;
  return {
    ...(Number.isFinite(min) ? { [minInclusive ? 'minimum' : 'exclusiveMinimum']: min } : {}),
    ...(Number.isFinite(max) ? { [maxInclusive ? 'maximum' : 'exclusiveMaximum']: max } : {}),
  };
}

/**
 * One of the options. Those with the same value are one, as `oneOf` accepts what exactly one of them accepts,
 * and NaN and infinities are left out, which no JSON can hold.
 */
function optionsSchema(options: readonly SelectOption[]): Schema {
  const schemas = new Map<string, Schema>();
  for (const { name, value } of options) {
    // As a reader of JSON tells values apart that knows doubles only.
    const read = toJsonValue(value);
    const text = JSON.stringify(read);
    if (schemas.has(text) || !pythonEquals(toPythonValue(read), value)) continue;
    schemas.set(text, { const: exactJson(value), title: name });
  }
  return schemas.size > 0 ? { oneOf: [...schemas.values()] } : { not: {} };
}

function fileSchema(parameter: FileParameter): Schema {
  const target = declaredTarget(parameter);
  return {
    type: 'object',
    properties: {
      type: { const: FILE_TYPE, default: FILE_TYPE },
      value: {
        type: 'object',
        properties: {
          fileId: { type: 'string', title: 'Identifier of an uploaded file', minLength: 1 },
          targetPath: {
            type: 'string',
            title: 'Path in the run directory',
            minLength: 1,
            ...(target === undefined ? {} : { default: target }),
          },
        },
        required: target === undefined ? ['fileId', 'targetPath'] : ['fileId'],
        additionalProperties: false,
      },
    },
    required: ['type', 'value'],
    additionalProperties: false,
  };
}

const actorSchema: Schema = {
  type: 'object',
  properties: {
    environment: { type: 'string', title: 'Container image', minLength: 1, pattern: '\\S' },
    commands: {
      type: 'array',
      title: 'Commands',
      items: { type: 'string', minLength: 1, pattern: '\\S' },
      minItems: 1,
    },
  },
  required: ['environment', 'commands'],
  additionalProperties: false,
};

/** What a form shows at first: the default value, where it has the form of an argument. */
function presetOf(parameter: Parameter): unknown {
  const { defaultValue, dtype } = parameter;
  if (dtype === 'select') {
    const chosen = parameter.values.find(({ isDefault }) => isDefault)?.value;
    const value = defaultValue ?? chosen;
    return value === undefined ? undefined : exactJson(value);
  }
  if (defaultValue === undefined || dtype === 'file') return undefined;
  if (dtype === 'actor') return actorPreset(defaultValue);
  // NaN and infinities are no JSON.
  return toJsonValue(defaultValue) === null ? undefined : exactJson(defaultValue);
}

/** The step that a form of an actor parameter shows, from either spelling of its default. */
function actorPreset(value: PythonValue): unknown {
  const step = isList(value) ? value[1] : value;
  if (!isMapping(step)) return undefined;
  const { environment = step.image, commands } = step;
  if (environment === undefined || !isList(commands)) return undefined;
  return { environment: exactJson(environment), commands: exactJson(commands) };
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
