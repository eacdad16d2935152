/** Numbers of type int and float, with an optional range. */
import { defined } from '../../documents/fields.ts';
import { below, type Place, report } from '../../documents/problem.ts';
import { parseFloatText, parseIntText } from '../../documents/python-number.ts';
import { pythonText, quotedText } from '../../documents/python-text.ts';
import {
  numericValue,
  PythonFloat,
  type PythonMapping,
  type PythonValue,
  pythonFloat,
  pythonInt,
} from '../../documents/python-value.ts';
import type { NumericParameter, ParameterBase } from '../parameter.ts';
import { inRange, parseRange, type Range, rangeText } from '../range.ts';
import { type CastContext, castFault } from './cast-context.ts';

function declaredRange(fields: PythonMapping, place: Place): Range | undefined {
  const text = fields.range;
  if (text === undefined || text === null) return undefined;
  const reading = typeof text === 'string' ? parseRange(text) : parseRange('');
  if (reading.ok) return reading.range;
  report(below(place, 'range'), `the range '${quotedText(text)}' ${reading.fault}`);
  return undefined;
}

export function parseNumeric(
  base: ParameterBase,
  dtype: 'int' | 'float',
  fields: PythonMapping,
  place: Place,
): NumericParameter {
  return { ...base, dtype, ...defined({ range: declaredRange(fields, place) }) };
}

/** Python's `int()`, except that infinities pass: they stand for "no bound" in existing templates. */
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
  return value === '-inf' ? Number.NEGATIVE_INFINITY : parseIntText(value);
}

/** Python's `float()`; undefined where it raises, also for integers beyond the largest double. */
function toFloat(value: PythonValue): number | undefined {
  if (typeof value === 'string') return parseFloatText(value);
  const number = numericValue(value);
  return typeof value === 'bigint' && !Number.isFinite(number) ? undefined : number;
}

/**
 * An int or float from a number, boolean or text; floats given for an int lose their fraction.
 *
 * @throws 400 `no int '…'`, `no float '…'` or `… not in <range>`.
 */
export function castNumeric(
  parameter: NumericParameter,
  value: PythonValue,
  context: CastContext,
): PythonValue {
  const number = parameter.dtype === 'int' ? toInt(value) : toFloat(value);
  if (number === undefined) throw castFault(context, `no ${parameter.dtype} '${quotedText(value)}'`);
  const result = parameter.dtype === 'float' && typeof number === 'number' ? pythonFloat(number) : number;
  if (parameter.range !== undefined && !inRange(parameter.range, Number(number))) {
    throw castFault(context, `${pythonText(result)} not in ${rangeText(parameter.range)}`);
  }
  return result;
}
