/** Python's text forms of values, which replace references in commands. */
import { isList, isMapping, PythonFloat, type PythonValue } from './python-value.ts';

/**
 * Returns the text of a float as Python's `repr` writes it: the shortest digits that parse to the same double, an
 * exponent of at least two digits below 1e-4 and from 1e16 on, and always a fraction or an exponent.
 *
 * Source: Python documentation, `float.__repr__` and format code `r`.
 */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const [mantissa = '0', power = '0'] = Math.abs(value).toExponential().split('e');
  const digits = mantissa.replace('.', '');
  return sign + placePoint(digits, Number(power));
}

function placePoint(digits: string, exponent: number): string {
  if (exponent < -4 || exponent >= 16) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    const size = String(Math.abs(exponent)).padStart(2, '0');
    return `${digits.charAt(0)}${fraction}e${exponent < 0 ? '-' : '+'}${size}`;
  }
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${whole}.${digits.slice(exponent + 1) || '0'}`;
}

const SHORT_ESCAPES = new Map([
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

/**
 * Python's `str.isprintable`: all characters except controls, formats, unassigned ones and separators; a space is
 * printable.
 */
const NOT_PRINTABLE = /[\p{C}\p{Z}]/u;

function escapeCharacter(character: string, quote: string): string {
  if (character === quote) return `\\${quote}`;
  const short = SHORT_ESCAPES.get(character);
  if (short !== undefined) return short;
  if (character === ' ' || !NOT_PRINTABLE.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

function stringLiteral(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  return quote + Array.from(text, (character) => escapeCharacter(character, quote)).join('') + quote;
}

/** Python's `repr`: a literal, as in lists and mappings. */
export function pythonLiteral(value: PythonValue): string {
  if (value === null) return 'None';
  if (typeof value === 'string') return stringLiteral(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : floatText(value);
  if (value instanceof PythonFloat) return floatText(value.value);
  if (isList(value)) return `[${value.map(pythonLiteral).join(', ')}]`;
  if (!isMapping(value)) return 'None';
  const members = Object.entries(value).map(([key, item]) => `${stringLiteral(key)}: ${pythonLiteral(item)}`);
  return `{${members.join(', ')}}`;
}

/**
 * Python's `str`: the text of a value in a command, e.g. `True`, `10.0`, `None`, `[1, 'a']`.
 *
 * Source: flowServ template specification, parameter references, text forms.
 */
export function pythonText(value: PythonValue): string {
  return typeof value === 'string' ? value : pythonLiteral(value);
}

/** Maximum length of a value in an error message. */
const QUOTED_LENGTH = 80;

/** Returns the value's text for an error message, truncated. */
export function quotedText(value: PythonValue): string {
  const text = pythonText(value);
  return text.length > QUOTED_LENGTH ? `${text.slice(0, QUOTED_LENGTH)}…` : text;
}
