/**
 * Resolves plain (unquoted) YAML scalars.
 *
 * PyYAML, which reads existing templates, follows YAML 1.1: `yes` and `on` are booleans, `010` is octal, and `1e5`
 * without a point is text. Two of its readings cause surprises and stay text here: base 60 (`10:30` would be 630) and
 * dates.
 *
 * Source: PyYAML documentation, "YAML tags and Python types"; YAML 1.1 type repository (bool, int, float).
 */
import { floatOfText, intOfText } from './python-number.ts';
import { type PythonValue, pythonFloat, pythonInt } from './python-value.ts';

const NULL = /^(?:~|null|Null|NULL)?$/;
const TRUE = /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSE = /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const DECIMAL = /^[-+]?(?:0|[1-9][0-9_]*)$/;
const PREFIXED = /^([-+]?)(0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]+)$/;
const FLOAT = /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+][0-9]+)?$/;
const SPECIAL_FLOAT = /^([-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

/** Maximum length of a text that is tried as a number; longer ones stay text. */
const MAX_NUMBER_LENGTH = 4300;

function resolveInt(text: string): number | bigint | undefined {
  if (DECIMAL.test(text)) return intOfText(text.replaceAll('_', ''));
  const match = PREFIXED.exec(text);
  if (match === null) return undefined;
  const digits = (match[2] ?? '').replaceAll('_', '');
  if (digits === '0b' || digits === '0x') return undefined;
  const size = BigInt(/^0[bx]/.test(digits) ? digits : `0o${digits}`);
  return pythonInt(match[1] === '-' ? -size : size);
}

function resolveFloat(text: string): PythonValue | undefined {
  if (SPECIAL_FLOAT.test(text)) {
    const value = floatOfText(text.replace('.', ''));
    return value === undefined ? undefined : pythonFloat(value);
  }
  return FLOAT.test(text) ? pythonFloat(Number(text.replaceAll('_', ''))) : undefined;
}

/** Returns the value of a plain scalar; text if it has no other reading. */
export function resolvePlainScalar(text: string): PythonValue {
  if (NULL.test(text)) return null;
  if (TRUE.test(text)) return true;
  if (FALSE.test(text)) return false;
  if (text.length > MAX_NUMBER_LENGTH) return text;
  return resolveInt(text) ?? resolveFloat(text) ?? text;
}

/** A kind of scalar that a tag such as `!!int` can request. */
export type ScalarKind = 'str' | 'int' | 'float' | 'bool' | 'null';

/**
 * Returns the value of a scalar with an explicit tag, quoted or not.
 *
 * @returns undefined if the text has no such reading.
 */
export function resolveTaggedScalar(text: string, kind: ScalarKind): PythonValue | undefined {
  if (kind === 'str') return text;
  if (kind === 'null') return null;
  if (kind === 'int') return resolveInt(text);
  if (kind === 'bool') return TRUE.test(text) ? true : FALSE.test(text) ? false : undefined;
  const value = resolveFloat(text);
  if (value !== undefined) return value;
  const number = floatOfText(text);
  return number === undefined ? undefined : pythonFloat(number);
}
