/** Enumerations: one of the declared options. */
import { exactJson } from '../../documents/exact-json.ts';
import {
  defined,
  listAt,
  mappingAt,
  onlyKnown,
  optionalFlag,
  requiredDisplayText,
} from '../../documents/fields.ts';
import { below, type Location, report } from '../../documents/problem.ts';
import { floatOfText } from '../../documents/python-number.ts';
import { pythonText, quotedText } from '../../documents/python-text.ts';
import {
  numericValue,
  type PythonMapping,
  type PythonValue,
  pythonEquals,
  toJsonValue,
  toPythonValue,
} from '../../documents/python-value.ts';
import { type CastContext, castFault } from './cast-context.ts';
import {
  type Declaration,
  type Entry,
  type Form,
  type ParameterBase,
  type Schema,
  withoutFiles,
} from './descriptor.ts';
import { optionsLike, optionWithText, type SelectOption } from './option-index.ts';

export interface SelectParameter extends ParameterBase {
  readonly dtype: 'select';
  readonly values: readonly SelectOption[];
}

function readOption(raw: PythonValue, location: Location): SelectOption {
  const fields = mappingAt(raw, location);
  onlyKnown(fields, ['name', 'value', 'isDefault'], location);
  const value = fields.value;
  if (value === undefined) report(location, "missing element 'value'");
  return {
    name: requiredDisplayText(fields, 'name', location),
    value: value ?? null,
    ...defined({ isDefault: optionalFlag(fields, 'isDefault', location) }),
  };
}

function readOptions(fields: PythonMapping, location: Location): SelectOption[] {
  const { values = null } = fields;
  if (values === null) report(location, "missing element 'values'");
  const at = below(location, 'values');
  const options = values === null ? [] : listAt(values, at);
  return options.map((option, i) => readOption(option, below(at, i)));
}

export const declaration: Declaration<SelectParameter> = {
  elements: ['values'],
  read: (base, fields, location) => ({ ...base, values: readOptions(fields, location) }),
  document: ({ values }) => ({ values: values.map((option) => ({ ...option })) }),
  ...withoutFiles,
  reportUnusable: ({ values }, location) => {
    if (values.length === 0) report(below(location, 'values'), 'must contain at least one option');
  },
};

/**
 * Returns the value of the option that equals the argument (`1`, `1.0` and `true` are equal, `'1'` is not). Since
 * forms send text, a text that spells an option's value also selects it and becomes the option's typed value. Since
 * JavaScript rounds integers beyond 2^53, a rounded integer selects the option if no other option is rounded to it.
 */
export function cast(parameter: SelectParameter, value: PythonValue, context: CastContext): PythonValue {
  const like = optionsLike(parameter.values, value);
  if (like.some((option) => pythonEquals(option.value, value))) return value;
  if (typeof value === 'string') {
    const spelled = optionWithText(parameter.values, value);
    if (spelled !== undefined) return spelled.value;
  }
  // A client whose numbers are doubles cannot write a long integer.
  const rounded = new Set(
    like
      .map((option) => option.value)
      .filter((long) => typeof long === 'bigint' && Number(long) === numericValue(value)),
  );
  const [only] = rounded;
  if (only !== undefined && rounded.size === 1) return only;
  throw castFault(context, `unknown value '${quotedText(value)}'`);
}

/** Returns the option's value as JSON: its text if it is NaN or infinite, undefined if it contains such a number. */
function optionJson({ value }: SelectOption): PythonValue | undefined {
  if (typeof value === 'number' && !Number.isFinite(value)) return pythonText(value);
  // Compares values like a JSON reader whose numbers are all doubles.
  return pythonEquals(toPythonValue(toJsonValue(value)), value) ? value : undefined;
}

/**
 * Returns the schema for one of the options. Options with the same value are merged, since `oneOf` accepts only values
 * that exactly one of them accepts.
 */
function optionsSchema(options: readonly SelectOption[]): Schema {
  const schemas = new Map<string, Schema>();
  for (const option of options) {
    const value = optionJson(option);
    if (value === undefined) continue;
    const text = JSON.stringify(toJsonValue(value));
    if (!schemas.has(text)) schemas.set(text, { const: exactJson(value), title: option.name });
  }
  return schemas.size > 0 ? { oneOf: [...schemas.values()] } : { not: {} };
}

/**
 * Returns the value of the equal option, as in the schema. Undefined for an infinity or NaN if another option is its
 * text, since the text selects that one.
 */
function plain({ values }: SelectParameter, value: PythonValue): unknown {
  const option = optionsLike(values, value).find(
    (one) => Object.is(one.value, value) || pythonEquals(one.value, value),
  );
  const json = option && optionJson(option);
  if (json === undefined) return undefined;
  const isText = typeof json === 'string' && typeof option?.value !== 'string';
  return isText && optionsLike(values, json).length > 0 ? undefined : exactJson(json);
}

export const form: Form<SelectParameter> = { schema: ({ values }) => optionsSchema(values), plain };

/** Returns the value of the option with this name, or with a value of this text. */
export const entry: Entry = (text, options) => {
  const typed = text.trim();
  const values = options.map(({ name, value }) => ({ name, value: toPythonValue(value ?? null) }));
  const number = floatOfText(typed);
  const spelled = optionWithText(values, typed);
  const isMeant = (option: SelectOption) =>
    option.value === text ||
    option === spelled ||
    (number !== undefined && pythonEquals(option.value, number));
  const meant = values.find(({ name }) => name === typed) ?? values.find(isMeant);
  if (meant) return { ok: true, value: meant.value };
  const names = values.map(({ name }) => quotedText(name)).join(', ');
  return { ok: false, fault: `'${quotedText(typed)}' is not one of the options: ${names}` };
};
