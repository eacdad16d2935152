/** Numbers of type int and float, with an optional range. */
import { defined } from '../../documents/fields.ts';
import { below, type Location, report } from '../../documents/problem.ts';
import { floatOfText, intOfText } from '../../documents/python-number.ts';
import { pythonText, quotedText } from '../../documents/python-text.ts';
import {
  numericValue,
  PythonFloat,
  type PythonMapping,
  type PythonValue,
  pythonFloat,
  pythonInt,
} from '../../documents/python-value.ts';
import { inRange, isEmptyRange, type Range, rangeText, readRange } from '../range.ts';
import { type CastContext, castFault } from './cast-context.ts';
import {
  type Declaration,
  type EntryReading,
  type Form,
  type ParameterBase,
  plainScalar,
  type Schema,
  withoutFiles,
} from './descriptor.ts';

export interface NumericParameter extends ParameterBase {
  readonly dtype: 'int' | 'float';
  readonly range?: Range;
}

function readDeclaredRange(fields: PythonMapping, location: Location): Range | undefined {
  const text = fields.range;
  if (text === undefined || text === null) return undefined;
  const reading = typeof text === 'string' ? readRange(text) : readRange('');
  if (reading.ok) return reading.range;
  report(below(location, 'range'), `the range '${quotedText(text)}' ${reading.fault}`);
  return undefined;
}

export const declaration: Declaration<NumericParameter> = {
  elements: ['range'],
  read: (base, fields, location) => ({ ...base, ...defined({ range: readDeclaredRange(fields, location) }) }),
  document: ({ range }) => (range === undefined ? {} : { range: rangeText(range) }),
  ...withoutFiles,
  reportUnusable: ({ dtype, range }, location) => {
    if (range === undefined || !isEmptyRange(range, dtype === 'int')) return;
    report(below(location, 'range'), `no ${dtype} is in the range '${rangeText(range)}'; widen it`);
  },
};

/** Python's `int()`, except that infinities are accepted: they mean "no bound" in existing templates. */
function toInt(value: PythonValue): number | bigint | undefined {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'bigint') return value;
  if (value instanceof PythonFloat) return pythonInt(BigInt(value.value));
  if (typeof value === 'number') {
    if (Number.isNaN(value)) return undefined;
    // Adding 0 turns the -0 of a truncated -0.5 into the integer 0.
    return Number.isFinite(value) ? Math.trunc(value) + 0 : value;
  }
  if (typeof value !== 'string') return undefined;
  if (value === 'inf') return Number.POSITIVE_INFINITY;
  return value === '-inf' ? Number.NEGATIVE_INFINITY : intOfText(value);
}

/** Python's `float()`; undefined where it raises an error, also for integers beyond the largest double. */
function toFloat(value: PythonValue): number | undefined {
  if (typeof value === 'string') return floatOfText(value);
  const number = numericValue(value);
  return typeof value === 'bigint' && !Number.isFinite(number) ? undefined : number;
}

/**
 * Returns an int or float from a number, boolean or text. Truncates a float given for an int.
 *
 * @throws 400 `no int '…'`, `no float '…'` or `… not in <range>`.
 */
export function cast(parameter: NumericParameter, value: PythonValue, context: CastContext): PythonValue {
  const isInt = parameter.dtype === 'int';
  const number = isInt ? toInt(value) : toFloat(value);
  const hasFraction =
    isInt && typeof value === 'number' && !Number.isInteger(value) && Number.isFinite(value);
  if (number === undefined || (context.isDefault && hasFraction))
    throw castFault(context, `no ${parameter.dtype} '${quotedText(value)}'`);
  const result = !isInt && typeof number === 'number' ? pythonFloat(number) : number;
  if (parameter.range !== undefined && !inRange(parameter.range, Number(number))) {
    throw castFault(context, `${pythonText(result)} not in ${rangeText(parameter.range)}`);
  }
  return result;
}

/** An infinite bound is left out, since JSON has no infinite number. */
function bounds({ range }: NumericParameter): Schema {
  if (range === undefined) return {};
  const { min, max, minInclusive, maxInclusive } = range;
  return {
    ...(Number.isFinite(min) ? { [minInclusive ? 'minimum' : 'exclusiveMinimum']: min } : {}),
    ...(Number.isFinite(max) ? { [maxInclusive ? 'maximum' : 'exclusiveMaximum']: max } : {}),
  };
}

const JSON_TYPES = { int: 'integer', float: 'number' } as const;

export const form: Form<NumericParameter> = {
  schema: (parameter) => ({ type: JSON_TYPES[parameter.dtype], ...bounds(parameter) }),
  plain: plainScalar,
};

const INT = /^[+-]?\d+$/;
const FLOAT = /^[+-]?(\d+(?:\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const INFINITE = /^[+-]?inf$/i;

export const intEntry = (text: string) => readNumber(text.trim(), INT, 'int');
export const floatEntry = (text: string) => readNumber(text.trim(), FLOAT, 'float');

/** Reads a number. Numbers that JSON cannot represent are sent as text, which the API accepts. */
function readNumber(text: string, syntax: RegExp, type: NumericParameter['dtype']): EntryReading {
  if (INFINITE.test(text)) return { ok: true, value: text.startsWith('-') ? '-inf' : 'inf' };
  if (!syntax.test(text)) return { ok: false, fault: `'${text}' is not a valid ${type}` };
  const number = Number(text);
  return { ok: true, value: type === 'int' && !Number.isSafeInteger(number) ? text : number };
}
