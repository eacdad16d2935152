import { exactJson } from '../documents/exact-json.ts';
import { pythonFloat } from '../documents/python-value.ts';
import type { ResultColumn } from './result-schema.ts';

/**
 * The value of a column as clients get it, for `JSON.stringify`: a float always has a decimal point or an exponent, an
 * int never, since Python's readers tell numbers apart by that; null where the result has none. The column decides, so
 * that stored values, which are plain JSON, need not say what they are.
 */
export function resultJson(
  { name, dtype }: Pick<ResultColumn, 'name' | 'dtype'>,
  values: Readonly<Record<string, number | string>>,
): unknown {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  if (typeof value !== 'number' || dtype === 'string') return value ?? null;
  if (dtype === 'float') return exactJson(pythonFloat(value));
  // From 1e21 on, JavaScript writes an exponent. A fraction is of an earlier version, whose column was a float.
  return Number.isSafeInteger(value) || !Number.isInteger(value) ? value : exactJson(BigInt(value));
}
