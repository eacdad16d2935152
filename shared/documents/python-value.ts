/**
 * The values of templates and arguments, as a Python program sees them.
 *
 * Commands and scripts of existing templates were written against Python's text forms, where the number
 * `10` and the number `10.0` are different texts. JavaScript has one number for both, so a float whose
 * value is integral is boxed:
 *
 * | Python | here |
 * | --- | --- |
 * | int | `number` with an integral value, or `bigint` beyond 2^53 − 1 |
 * | float | `number` that is not integral (also ±Infinity and NaN), or a `PythonFloat` |
 */
import { invalid } from '../errors.ts';

/** A Python float whose value is integral, such as `10.0`. Made by `pythonFloat` only. */
export class PythonFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }

  /** Plain JSON has no second kind of number: `10.0` is written as `10`. */
  toJSON(): number {
    return this.value;
  }
}

export interface PythonMapping {
  readonly [key: string]: PythonValue;
}

export type PythonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PythonFloat
  | readonly PythonValue[]
  | PythonMapping;

/**
 * Containers inside containers that any document or argument may have. All walkers are recursive, so this
 * bounds their stack; real templates stay below 10.
 */
export const MAX_DEPTH = 100;

export function isList(value: PythonValue | undefined): value is readonly PythonValue[] {
  return Array.isArray(value);
}

export function isMapping(value: PythonValue | undefined): value is PythonMapping {
  return typeof value === 'object' && value !== null && !isList(value) && !(value instanceof PythonFloat);
}

/** A Python float of this value, boxed exactly where a bare number would read as an int. */
export function pythonFloat(value: number): number | PythonFloat {
  return Number.isInteger(value) ? new PythonFloat(value) : value;
}

/** A Python int of this value; a `number` as long as it is exact. */
export function pythonInt(value: bigint): number | bigint {
  const short = Number(value);
  return Number.isSafeInteger(short) ? short : value;
}

/** The value as a double where Python takes it for a number (bool counts as 1 or 0), else undefined. */
export function numericValue(value: PythonValue): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean' || typeof value === 'bigint') return Number(value);
  return value instanceof PythonFloat ? value.value : undefined;
}

/** Python's `==`: numbers and booleans compare by value (`1 == 1.0 == True`), nothing else is converted. */
export function pythonEquals(a: PythonValue, b: PythonValue): boolean {
  if (typeof a === 'bigint' && typeof b === 'bigint') return a === b;
  const left = numericValue(a);
  const right = numericValue(b);
  if (left !== undefined || right !== undefined) return left === right;
  if (isList(a) && isList(b)) {
    return a.length === b.length && a.every((item, i) => pythonEquals(item, b[i] ?? null));
  }
  if (isMapping(a) && isMapping(b)) {
    const keys = Object.keys(a);
    if (keys.length !== Object.keys(b).length) return false;
    return keys.every((key) => Object.hasOwn(b, key) && pythonEquals(a[key] ?? null, b[key] ?? null));
  }
  return a === b;
}

/** An object as the edge gives it: no class instance, so that a Date or a Map is refused, not read as `{}`. */
function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function toPython(value: unknown, depth: number): PythonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return pythonInt(value);
  if (typeof value === 'number') {
    // Beyond 2^53 a JSON number has lost its digits already: only the reading as a float is honest.
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) return pythonFloat(value);
    return Object.is(value, -0) ? 0 : value;
  }
  if (value instanceof PythonFloat) return pythonFloat(value.value);
  if (depth >= MAX_DEPTH) {
    throw invalid('value.too-deep', `a value may nest lists and mappings at most ${MAX_DEPTH} deep`);
  }
  if (Array.isArray(value)) return value.map((item: unknown) => toPython(item, depth + 1));
  if (typeof value === 'object' && isPlainObject(value)) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return Object.fromEntries(
      entries.map(([key, item]): [string, PythonValue] => [key, toPython(item, depth + 1)]),
    );
  }
  throw invalid('value.invalid', `a ${typeof value} is not a value of a document`);
}

/**
 * Takes plain data (as `JSON.parse` or `parseJson` gives it) into the domain of Python values.
 *
 * @returns a fresh structure; object members that are `undefined` are left out.
 * @throws 400 when the value nests too deep or holds something that no document can hold.
 */
export function toPythonValue(value: unknown): PythonValue {
  return toPython(value, 0);
}

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/**
 * The value as a JavaScript client has it that has read it as JSON: floats lose their mark, integers beyond 2^53 are
 * rounded, and NaN and infinities, which JSON does not have, become null. What is sent is made by `exactJson`.
 */
export function toJsonValue(value: PythonValue): JsonValue {
  const number = typeof value === 'boolean' ? undefined : numericValue(value);
  if (number !== undefined) return Number.isFinite(number) ? number : null;
  if (isList(value)) return value.map(toJsonValue);
  if (isMapping(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]): [string, JsonValue] => [key, toJsonValue(item)]),
    );
  }
  return typeof value === 'string' || typeof value === 'boolean' ? value : null;
}
