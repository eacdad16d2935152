/**
 * JSON of HTTP and of stored arguments, without loss: `10.0` stays apart from `10`, and integers keep all their digits.
 * Unlike `json-document.ts` it is the platform's own parser and strict JSON (TC39, "JSON.parse source text access").
 */
import { numberOfJson } from './python-number.ts';
import { pythonLiteral } from './python-text.ts';
import { isList, isMapping, PythonFloat, type PythonValue } from './python-value.ts';

declare global {
  interface JSON {
    /** What `JSON.stringify` writes as it is. */
    rawJSON(text: string): object;
  }
}

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
const parse = JSON.parse as (text: string, reviver: Reviver) => unknown;

/**
 * As `JSON.parse`, with numbers as Python tells them apart.
 *
 * @param check sees every value with its key, the inner ones first, and may throw
 * @throws SyntaxError when the text is not JSON
 */
export function parseExactly(
  text: string,
  check: (key: string, value: unknown) => void = () => {},
): PythonValue {
  const value = parse(text, (key, element, { source = '' }) => {
    check(key, element);
    return typeof element === 'number' ? (numberOfJson(source) ?? element) : element;
  });
  // What JSON can hold is a value, if not always one that nests as little as values of documents do.
  return value as PythonValue;
}

/** The value for `JSON.stringify`, which writes every digit of it. */
export function exactJson(value: PythonValue): unknown {
  if (typeof value === 'bigint' || value instanceof PythonFloat) return JSON.rawJSON(pythonLiteral(value));
  if (isList(value)) return value.map(exactJson);
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, exactJson(item)]));
}
