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
    if (values.length === 0) report(below(location, 'values'), 'must hold at least one option');
  },
};

/**
 * The value of the option that equals the argument (`1`, `1.0` and `true` are equal, `'1'` is not). Since
 * forms send text, a text that spells an option's value selects it too and becomes the option's typed value; and since
 * JavaScript rounds integers beyond 2^53, so does the rounded one of an option that no other is rounded to.
 */
export function cast(parameter: SelectParameter, value: PythonValue, context: CastContext): PythonValue {
  const like = optionsLike(parameter.values, value);
  if (like.some((option) => pythonEquals(option.value, value))) return value;
  if (typeof value === 'string') {
    const spelled = optionWithText(parameter.values, value);
    if (spelled !== undefined) return spelled.value;
  }
  // Nor can a client write a long integer whose numbers are doubles.
  const rounded = new Set(
    like
      .map((option) => option.value)
      .filter((long) => typeof long === 'bigint' && Number(long) === numericValue(value)),
  );
  const [only] = rounded;
  if (only !== undefined && rounded.size === 1) return only;
  throw castFault(context, `unknown value '${quotedText(value)}'`);
}

/** The option's value as JSON: its text where it is NaN or infinite, and undefined where such a number is inside it. */
function optionJson({ value }: SelectOption): PythonValue | undefined {
  if (typeof value === 'number' && !Number.isFinite(value)) return pythonText(value);
  // As a reader of JSON tells values apart that knows doubles only.
  return pythonEquals(toPythonValue(toJsonValue(value)), value) ? value : undefined;
}

/** One of the options. Those with the same value are one, as `oneOf` accepts what exactly one of them accepts. */
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

/** The value of the option that the value is equal to, as the schema has it. */
function plain({ values }: SelectParameter, value: PythonValue): unknown {
  const option = optionsLike(values, value).find(
    (one) => Object.is(one.value, value) || pythonEquals(one.value, value),
  );
  const json = option && optionJson(option);
  return json === undefined ? undefined : exactJson(json);
}

export const form: Form<SelectParameter> = { schema: ({ values }) => optionsSchema(values), plain };

/** The value of the option with this name, or with a value that is written so. */
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
  return { ok: false, fault: `'${quotedText(typed)}' is none of the options: ${names}` };
};
