import { exactJson } from '../documents/exact-json.ts';
import { pythonFloat } from '../documents/python-value.ts';
import type { ResultColumn } from './result-schema.ts';

/**
 * Returns the value of a column for `JSON.stringify`; null if the result has none. A float always has a decimal point
 * or an exponent, an int never, since Python's readers distinguish numbers by that. The column decides the type, so
 * stored values are plain JSON.
 */
export function resultJson(
  { name, dtype }: Pick<ResultColumn, 'name' | 'dtype'>,
  values: Readonly<Record<string, number | string>>,
): unknown {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  if (typeof value !== 'number' || dtype === 'string') return value ?? null;
  if (dtype === 'float') return exactJson(pythonFloat(value));
  // From 1e21 on, JavaScript writes an exponent. A fraction is from an earlier version, whose column was a float.
  return Number.isSafeInteger(value) || !Number.isInteger(value) ? value : exactJson(BigInt(value));
}
