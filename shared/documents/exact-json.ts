/**
 * JSON of HTTP and of stored arguments, without loss: `10.0` stays different from `10`, and integers keep all their
 * digits. Unlike `json-document.ts` it uses the platform's own parser and accepts only strict JSON (TC39, "JSON.parse
 * source text access").
 */
import { numberOfJson } from './python-number.ts';
import { pythonLiteral } from './python-text.ts';
import { isList, isMapping, PythonFloat, type PythonValue } from './python-value.ts';

declare global {
  interface JSON {
    /** A value that `JSON.stringify` writes unchanged. */
    rawJSON(text: string): object;
  }
}

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
const parse = JSON.parse as (text: string, reviver: Reviver) => unknown;

/**
 * Parses JSON as `JSON.parse` does, but distinguishes ints and floats as Python does.
 *
 * @param check is called with every value and its key, inner values first, and may throw
 * @throws SyntaxError if the text is not valid JSON
 */
export function parseExactly(
  text: string,
  check: (key: string, value: unknown) => void = () => {},
): PythonValue {
  const value = parse(text, (key, element, { source = '' }) => {
    check(key, element);
    return typeof element === 'number' ? (numberOfJson(source) ?? element) : element;
  });
  // Every JSON value is a PythonValue, although it may nest deeper than values of documents.
  return value as PythonValue;
}

/** Returns the value in a form for which `JSON.stringify` writes every digit. */
export function exactJson(value: PythonValue): unknown {
  if (typeof value === 'bigint' || value instanceof PythonFloat) return JSON.rawJSON(pythonLiteral(value));
  if (isList(value)) return value.map(exactJson);
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, exactJson(item)]));
}
