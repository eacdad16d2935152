/**
 * Range constraints of numeric parameters: intervals such as `[0,10)` or `(,5]`.
 *
 * Source: flowServ documentation, template parameters, "Numeric Parameters".
 */

import { floatOfText } from '../documents/python-number.ts';
import { floatText } from '../documents/python-text.ts';

export interface Range {
  readonly min: number;
  readonly max: number;
  readonly minInclusive: boolean;
  readonly maxInclusive: boolean;
}

export type RangeReading =
  | { readonly ok: true; readonly range: Range }
  | { readonly ok: false; readonly fault: string };

const invalid = (fault: string): RangeReading => ({ ok: false, fault });

function bound(text: string, whenEmpty: number): number | undefined {
  if (text.trim() === '') return whenEmpty;
  const value = floatOfText(text);
  return value === undefined || Number.isNaN(value) ? undefined : value;
}

/**
 * Reads an interval. Square brackets include the bound, parentheses exclude it. An empty bound is an infinity.
 *
 * @returns the range, or a problem that completes the sentence "the range …".
 */
export function readRange(text: string): RangeReading {
  const trimmed = text.trim();
  const open = trimmed.charAt(0);
  const close = trimmed.charAt(trimmed.length - 1);
  if (trimmed.length < 3 || !'[('.includes(open) || !'])'.includes(close)) {
    return invalid("must be in brackets, e.g. '[0,10)'");
  }
  const bounds = trimmed.slice(1, -1).split(',');
  const [lower = '', upper = ''] = bounds;
  if (bounds.length !== 2) return invalid("must contain two bounds and one comma, e.g. '[0,10)'");
  const min = bound(lower, Number.NEGATIVE_INFINITY);
  const max = bound(upper, Number.POSITIVE_INFINITY);
  if (min === undefined || max === undefined) return invalid('has a bound that is not a number');
  if (min > max) return invalid('has a lower bound above the upper one');
  return { ok: true, range: { min, max, minInclusive: open === '[', maxInclusive: close === ']' } };
}

/** Returns the normal form, with bounds as Python prints floats: `[0, 10)` becomes `[0.0,10.0)`. */
export function rangeText(range: Range): string {
  const open = range.minInclusive ? '[' : '(';
  const close = range.maxInclusive ? ']' : ')';
  return `${open}${floatText(range.min)},${floatText(range.max)}${close}`;
}

/** Whether the value is in the range. NaN is in no range. */
export function inRange(range: Range, value: number): boolean {
  const aboveMin = range.minInclusive ? value >= range.min : value > range.min;
  const belowMax = range.maxInclusive ? value <= range.max : value < range.max;
  return aboveMin && belowMax;
}

/**
 * Whether the range contains no number, or no whole number with `ofInts`. An infinity counts as a whole number, as it
 * does for an int.
 */
export function isEmptyRange(range: Range, ofInts: boolean): boolean {
  const { min, max } = range;
  const nearBounds = [min, max, Math.ceil(min), Math.floor(min) + 1, Math.floor(max), Math.ceil(max) - 1];
  const candidates = ofInts ? [0, ...nearBounds] : [0, (min + max) / 2, ...nearBounds];
  return !candidates.some(
    (value) => inRange(range, value) && !(ofInts && Number.isFinite(value) && !Number.isInteger(value)),
  );
}
