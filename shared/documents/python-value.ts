/**
 * Values of templates and arguments, as a Python program sees them.
 *
 * Commands and scripts of existing templates depend on Python's text forms, where the numbers `10` and `10.0` have
 * different texts. JavaScript has one number for both, so a float with an integral value is boxed:
 *
 * | Python | here |
 * | --- | --- |
 * | int | `number` with an integral value, or `bigint` beyond 2^53 − 1 |
 * | float | `number` that is not integral (also ±Infinity and NaN), or a `PythonFloat` |
 */
import { invalid } from '../errors.ts';

/** A Python float with an integral value, such as `10.0`. Created only by `pythonFloat`. */
export class PythonFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }

  /** Plain JSON does not distinguish floats: `10.0` is written as `10`. */
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
 * Maximum nesting of lists and mappings in a document or argument. All walkers are recursive, so this limits their
 * stack; real templates stay below 10.
 */
export const MAX_DEPTH = 100;

export function isList(value: PythonValue | undefined): value is readonly PythonValue[] {
  return Array.isArray(value);
}

export function isMapping(value: PythonValue | undefined): value is PythonMapping {
  return typeof value === 'object' && value !== null && !isList(value) && !(value instanceof PythonFloat);
}

/** Returns a Python float with this value, boxed only if a plain number would read as an int. */
export function pythonFloat(value: number): number | PythonFloat {
  return Number.isInteger(value) ? new PythonFloat(value) : value;
}

/** Returns a Python int with this value; a `number` as long as it is exact. */
export function pythonInt(value: bigint): number | bigint {
  const short = Number(value);
  return Number.isSafeInteger(short) ? short : value;
}

/** Returns the value as a double if Python treats it as a number (bool counts as 1 or 0), else undefined. */
export function numericValue(value: PythonValue): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean' || typeof value === 'bigint') return Number(value);
  return value instanceof PythonFloat ? value.value : undefined;
}

/** Python's `==`: numbers and booleans compare by value (`1 == 1.0 == True`); other types are not converted. */
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

/**
 * Whether an object is a plain object. An instance of a class, such as a Date or a Map, is rejected instead of being
 * read as `{}`.
 */
function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function toPython(value: unknown, depth: number): PythonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return pythonInt(value);
  if (typeof value === 'number') {
    // Beyond 2^53 a JSON number has already lost digits, so it can only be read as a float.
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
 * Converts plain data (from `JSON.parse` or `parseJson`) to Python values.
 *
 * @returns a new structure, without object members that are `undefined`.
 * @throws 400 if the value is nested too deep or contains something that documents cannot contain.
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
 * Returns the value that a JavaScript client would read from its JSON: floats are plain numbers, integers beyond 2^53
 * are rounded, and NaN and infinities, which JSON does not have, become null. Responses use `exactJson` instead.
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
