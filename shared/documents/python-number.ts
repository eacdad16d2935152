/** Numbers from text by the rules of Python's `int()` and `float()`. */
import { type PythonFloat, pythonFloat, pythonInt } from './python-value.ts';

/**
 * Python does not convert more decimal digits, because the conversion is quadratic (Python documentation, "Integer
 * string conversion length limitation").
 */
const MAX_INT_DIGITS = 4300;

/**
 * Reads an int. Surrounding blanks, a sign, and single underscores between digits are allowed.
 *
 * @returns undefined if the text is not a valid int.
 */
export function intOfText(text: string): number | bigint | undefined {
  const match = /^([+-]?)(\d+(?:_\d+)*)$/.exec(text.trim());
  if (match === null) return undefined;
  const digits = (match[2] ?? '').replaceAll('_', '');
  if (digits.length > MAX_INT_DIGITS) return undefined;
  const size = BigInt(digits);
  return pythonInt(match[1] === '-' ? -size : size);
}

/**
 * Reads a JSON number as Python's `json` does: a fraction or an exponent makes a float.
 *
 * @returns undefined if an int has too many digits
 */
export function numberOfJson(text: string): number | bigint | PythonFloat | undefined {
  return /[.eE]/.test(text) ? pythonFloat(Number(text)) : intOfText(text);
}

const FLOAT = /^[+-]?(?:\d+(?:_\d+)*(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d+(?:_\d+)*)?$/;

/**
 * Reads a float: decimal and exponent forms, `inf`, `infinity` and `nan` in any case, with surrounding blanks.
 *
 * @returns undefined if the text is not a valid float.
 */
export function floatOfText(text: string): number | undefined {
  const trimmed = text.trim();
  const word = /^([+-]?)(inf|infinity|nan)$/i.exec(trimmed);
  if (word !== null) {
    if ((word[2] ?? '').toLowerCase() === 'nan') return Number.NaN;
    return word[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  return FLOAT.test(trimmed) ? Number(trimmed.replaceAll('_', '')) : undefined;
}
