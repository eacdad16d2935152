/** Enumerations: one of the declared options. */
import {
  defined,
  listAt,
  mappingAt,
  onlyKnown,
  optionalFlag,
  requiredDisplayText,
} from '../../documents/fields.ts';
import { below, type Place, report } from '../../documents/problem.ts';
import { pythonText, quotedText } from '../../documents/python-text.ts';
import {
  numericValue,
  type PythonMapping,
  type PythonValue,
  pythonEquals,
  toJsonValue,
} from '../../documents/python-value.ts';
import type { ParameterBase, SelectOption, SelectParameter } from '../parameter.ts';
import { type CastContext, castFault } from './cast-context.ts';

function parseOption(raw: PythonValue, place: Place): SelectOption {
  const fields = mappingAt(raw, place);
  onlyKnown(fields, ['name', 'value', 'isDefault'], place);
  const value = fields.value;
  if (value === undefined) report(place, "missing element 'value'");
  return {
    name: requiredDisplayText(fields, 'name', place),
    value: value ?? null,
    ...defined({ isDefault: optionalFlag(fields, 'isDefault', place) }),
  };
}

export function parseSelect(base: ParameterBase, fields: PythonMapping, place: Place): SelectParameter {
  const values = fields.values;
  if (values === undefined || values === null) report(place, "missing element 'values'");
  const at = below(place, 'values');
  const options = values === undefined || values === null ? [] : listAt(values, at);
  return { ...base, dtype: 'select', values: options.map((option, i) => parseOption(option, below(at, i))) };
}

/** Whether a form would send this text for the option: its Python text or its JSON text. */
function hasText(option: SelectOption, text: string): boolean {
  const value = toJsonValue(option.value);
  return pythonText(option.value) === text || (typeof value !== 'string' && JSON.stringify(value) === text);
}

/**
 * The value of the option that equals the argument (`1`, `1.0` and `true` are equal, `'1'` is not). Since
 * forms send text, a text that spells an option's value selects it too and becomes the option's typed value; and since
 * JavaScript rounds integers beyond 2^53, so does the rounded one of an option that no other is rounded to.
 */
export function castSelect(
  parameter: SelectParameter,
  value: PythonValue,
  context: CastContext,
): PythonValue {
  if (parameter.values.some((option) => pythonEquals(option.value, value))) return value;
  if (typeof value === 'string') {
    const spelled = parameter.values.find((option) => hasText(option, value));
    if (spelled !== undefined) return spelled.value;
  }
  // Nor can a client write a long integer whose numbers are doubles.
  const rounded = parameter.values.filter(
    (option) => typeof option.value === 'bigint' && Number(option.value) === numericValue(value),
  );
  if (rounded.length === 1 && rounded[0]) return rounded[0].value;
  throw castFault(context, `unknown value '${quotedText(value)}'`);
}
