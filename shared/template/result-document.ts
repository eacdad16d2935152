/**
 * The result document of a run and the leaderboard values in it.
 *
 * Source: flowServ template specification, result schema, extraction.
 */

import { parseJson } from '../documents/json-document.ts';
import { floatOfText, intOfText } from '../documents/python-number.ts';
import { pythonText } from '../documents/python-text.ts';
import { isList, isMapping, numericValue, type PythonValue } from '../documents/python-value.ts';
import { NOT_RANKED, type Warning } from '../documents/warning.ts';
import { parseYaml } from '../documents/yaml-document.ts';
import { invalid } from '../errors.ts';
import { withComputed } from './computed-column.ts';
import { MAX_RESULT_LENGTH } from './result-limit.ts';
import type { ColumnType, ResultColumn, ResultSchema } from './result-schema.ts';

/** Maximum length in YAML (64 KiB): its parser takes seconds for a megabyte, and each run parses one document. */
export const MAX_YAML_RESULT_LENGTH = 64 * 1024;

/**
 * Reads a result document: YAML if its path ends in `.yaml` or `.yml`, else JSON, in which `NaN` and `Infinity` are
 * values as in Python.
 *
 * @throws 400 if the text cannot be read or is longer than `MAX_RESULT_LENGTH`, in YAML `MAX_YAML_RESULT_LENGTH`.
 */
export function parseResultDocument(text: string, path: string): PythonValue {
  const isYaml = /\.ya?ml$/i.test(path);
  if (isYaml && text.length > MAX_YAML_RESULT_LENGTH) {
    throw invalid(
      'result.unreadable',
      `the result document is longer than the ${MAX_YAML_RESULT_LENGTH} characters that YAML may have: write it as JSON`,
    );
  }
  const read = isYaml ? parseYaml : parseJson;
  try {
    return read(text, { name: path, maxLength: MAX_RESULT_LENGTH });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unreadable';
    throw invalid('result.unreadable', `the result document cannot be read: ${reason}`, cause);
  }
}

/**
 * Returns the value at a path of mapping keys joined by `/`.
 *
 * @returns undefined if there is none. Lists are not searched, an empty path has no value, and null counts as none.
 */
export const valueAtPath = (document: PythonValue, path: string): PythonValue | undefined =>
  lookUp(document, path) ?? undefined;

/** Like `valueAtPath`, but returns null if the document contains null. */
function lookUp(document: PythonValue, path: string): PythonValue | undefined {
  if (path === '') return undefined;
  let value: PythonValue | undefined = document;
  for (const key of path.split('/')) {
    value = isMapping(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return value;
}

function toInteger(value: PythonValue): number | undefined {
  const read = typeof value === 'string' ? intOfText(value) : numericValue(value);
  const integer = read === undefined ? undefined : Math.trunc(Number(read)) + 0;
  return Number.isFinite(integer) ? integer : undefined;
}

function toNumber(value: PythonValue): number | undefined {
  return typeof value === 'string' ? floatOfText(value) : numericValue(value);
}

/**
 * Returns a value cast to its column's type; undefined if it cannot be cast.
 *
 * A float may still be NaN or infinite here. Integers beyond 2^53 lose their last digits, as in every client.
 */
export function castResult(dtype: ColumnType, value: PythonValue): number | string | undefined {
  if (dtype === 'string') return pythonText(value);
  return dtype === 'int' ? toInteger(value) : toNumber(value);
}

/** The leaderboard values of a run's result document. */
export interface ExtractedResult {
  /** Values by column name, without the missing ones; undefined if the run is not ranked. */
  readonly values: Readonly<Record<string, number | string>> | undefined;
  /** Why the run is not ranked, or why a value is missing. No warning repeats a value of the document. */
  readonly warnings: readonly Warning[];
}

/** A cast value, or why it is missing. */
type Reading = { readonly value: number | string } | { readonly code: string; readonly fault: string };

/**
 * Returns the leaderboard values of a run. In an optional column, a value that is missing, NaN or infinite is left
 * out. In a required column, the run is not ranked. A run is also not ranked if a value does not match the type of its
 * column, required or not, or if the document is not a mapping.
 */
export function extractResult(schema: ResultSchema, document: PythonValue): ExtractedResult {
  const { file, columns } = schema;
  if (!isMapping(document)) {
    const message = `${NOT_RANKED}'${file}' is ${kindOf(document)} at its top; write a mapping such as {"${columns[0]?.name}": 1}`;
    return { values: undefined, warnings: [{ code: 'result.not-mapping', message }] };
  }
  const values: [string, number | string][] = [];
  const warnings: Warning[] = [];
  let ranked = true;
  for (const column of columns.filter(({ compute }) => compute === undefined)) {
    const reading = readColumnValue(column, document);
    if ('value' in reading) {
      values.push([column.name, reading.value]);
      continue;
    }
    const { code, fault } = reading;
    const isLeftOut = !column.required && code !== TYPE_FAULT;
    ranked &&= isLeftOut;
    if (isLeftOut && code === MISSING) continue;
    const message = isLeftOut
      ? `column '${column.name}' has no value: in '${file}' ${fault}`
      : `${NOT_RANKED}in '${file}' ${fault}; column '${column.name}' is of type ${column.dtype}`;
    warnings.push({ code, message });
  }
  return { values: ranked ? withComputed(columns, Object.fromEntries(values)) : undefined, warnings };
}

const MISSING = 'result.column-missing';
const TYPE_FAULT = 'result.column-type';

function readColumnValue({ name, path = name, dtype }: ResultColumn, document: PythonValue): Reading {
  const value = lookUp(document, path);
  if (value === undefined) return { code: MISSING, fault: `'${path}' is missing` };
  if (value === null) return { code: MISSING, fault: `'${path}' is null` };
  const cast = castResult(dtype, value);
  if (typeof cast === 'string' || (cast !== undefined && Number.isFinite(cast))) return { value: cast };
  const number = typeof value === 'string' ? floatOfText(value) : numericValue(value);
  if (number !== undefined && !Number.isFinite(number)) {
    return { code: 'result.not-finite', fault: `'${path}' is NaN, infinite or too large` };
  }
  return { code: TYPE_FAULT, fault: `'${path}' is ${kindOf(value)} that is not a valid ${dtype}` };
}

function kindOf(value: PythonValue): string {
  if (value === null) return 'null';
  if (isList(value)) return 'a list';
  if (isMapping(value)) return 'a mapping';
  if (typeof value === 'string') return 'a text';
  return typeof value === 'boolean' ? 'a boolean' : 'a number';
}
