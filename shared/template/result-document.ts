/**
 * The result document of a run and the leaderboard values in it.
 *
 * Source: flowServ template specification, result schema, extraction.
 */

import { parseJson } from '../documents/json-document.ts';
import { floatOfText, intOfText } from '../documents/python-number.ts';
import { pythonText } from '../documents/python-text.ts';
import { isMapping, numericValue, type PythonValue } from '../documents/python-value.ts';
import { parseYaml } from '../documents/yaml-document.ts';
import { invalid } from '../errors.ts';
import type { ColumnType, ResultColumn, ResultSchema } from './result-schema.ts';

/** Longest result document (1 MiB), in bytes as in characters: it holds a handful of figures. */
export const MAX_RESULT_LENGTH = 1024 * 1024;

/** Longest in YAML (64 KiB): its parser takes seconds for a megabyte, which is read once for each run. */
export const MAX_YAML_RESULT_LENGTH = 64 * 1024;

/**
 * Reads a result document: YAML when its path ends in `.yaml` or `.yml`, else JSON, in which `NaN` and
 * `Infinity` are values as in Python.
 *
 * @throws 400 when the text cannot be read or is longer than `MAX_RESULT_LENGTH`, in YAML `MAX_YAML_RESULT_LENGTH`.
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
 * The value at a path of mapping keys joined by `/`.
 *
 * @returns undefined when there is none; lists are not walked and an empty path leads nowhere. Null counts as
 * none.
 */
export function valueAtPath(document: PythonValue, path: string): PythonValue | undefined {
  if (path === '') return undefined;
  let value: PythonValue | undefined = document;
  for (const key of path.split('/')) {
    value = isMapping(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return value ?? undefined;
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
 * A value cast to its column's type; undefined when it cannot be.
 *
 * A float may still be NaN or infinite here. Integers beyond 2^53 lose their last digits, as in every client.
 */
export function castResult(dtype: ColumnType, value: PythonValue): number | string | undefined {
  if (dtype === 'string') return pythonText(value);
  return dtype === 'int' ? toInteger(value) : toNumber(value);
}

/** A cast value, `absent`, or `invalid` where it disqualifies the run. */
function columnValue(column: ResultColumn, document: PythonValue): number | string | 'absent' | 'invalid' {
  const value = valueAtPath(document, column.path ?? column.name);
  if (value === undefined) return column.required ? 'invalid' : 'absent';
  const cast = castResult(column.dtype, value);
  if (cast === undefined) return 'invalid';
  return typeof cast === 'number' && !Number.isFinite(cast) ? 'absent' : cast;
}

/**
 * The leaderboard values of a run.
 *
 * A float that is NaN or infinite was measured but cannot be ordered or sent as JSON: the run stays on the
 * board, the value is left out even where it is required, and the order puts the run last in that column.
 *
 * @returns values by column name, without the missing ones; undefined when the run is not ranked, because the
 * document is no mapping, a required value is missing or a value does not fit its column.
 */
export function extractResult(
  schema: ResultSchema,
  document: PythonValue,
): Record<string, number | string> | undefined {
  const values: [string, number | string][] = [];
  for (const column of schema.columns) {
    const value = columnValue(column, document);
    if (value === 'invalid') return undefined;
    if (value !== 'absent') values.push([column.name, value]);
  }
  return Object.fromEntries(values);
}
