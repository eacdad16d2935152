import type * as z from 'zod';
import { parseExactly } from '../documents/exact-json.ts';
import { isMapping, type PythonValue, toJsonValue } from '../documents/python-value.ts';
import { findUnicodeText, hasLostText } from '../documents/unicode-text.ts';
import { FlowservError, invalid } from '../errors.ts';
import type { FieldsBody, JsonBody } from './routes/route.ts';

/**
 * Reads a JSON body by the schema of its route.
 *
 * @param body the bytes as received; empty counts as absent
 * @throws FlowservError 400 unless the body is a JSON object that fits the schema. The message never repeats the
 *   body, since it may hold a password
 */
export function readJsonBody<S extends z.ZodType>(
  { schema, optional, exact }: JsonBody<S>,
  body: Buffer,
): z.output<S> {
  const value = parseObject(decode(body), optional, exact);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw describe(parsed.error.issues[0], value);
}

/**
 * Reads the text fields of a form by the schema of its route.
 *
 * @throws FlowservError 400 with the name of the field
 */
export function readBodyFields<S extends z.ZodObject>(
  { schema }: FieldsBody<S>,
  fields: Readonly<Record<string, string>>,
): z.output<S> {
  const parsed = schema.safeParse(fields);
  if (parsed.success) return parsed.data;
  throw describe(parsed.error.issues[0], fields);
}

type JsonObject = Readonly<Record<string, unknown>>;

function parseObject(text: string, optional: boolean, exact: string | undefined): JsonObject {
  if (text.trim() === '') {
    if (optional) return {};
    throw invalid('request.body', 'missing request body');
  }
  const value = parse(text, exact);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid('request.body', 'request body is not a JSON object');
  }
  return value as JsonObject;
}

/** A gateway that treats the body as text may already have replaced bytes that are not valid Unicode. */
function decode(body: Buffer): string {
  const text = findUnicodeText(body);
  if (text === undefined || hasLostText(text))
    throw invalid('request.body', 'request body is not Unicode text');
  return text;
}

/** Parses JSON that can be stored and returned unchanged; JSON that nests too deep for the parser is invalid. */
function parse(text: string, exact: string | undefined): unknown {
  try {
    if (exact !== undefined) return plainBeside(exact, parseExactly(text, checkStorable));
    return JSON.parse(text, (key, value: unknown) => {
      checkStorable(key, value);
      return value;
    });
  } catch (error) {
    if (error instanceof FlowservError) throw error;
    throw invalid('request.body', 'request body is not valid JSON', error);
  }
}

/** Returns all elements except `exact` as plain data. */
function plainBeside(exact: string, value: PythonValue): unknown {
  if (!isMapping(value)) return value;
  const entries = Object.entries(value).map(([key, element]): [string, unknown] => [
    key,
    key === exact ? element : toJsonValue(element),
  ]);
  return Object.fromEntries(entries);
}

/**
 * Rejects JSON that is valid but cannot be stored: the key that would change an object's prototype, half a surrogate
 * pair, which UTF-8 cannot encode, and numbers beyond a double.
 */
export function checkStorable(key: string, value: unknown): void {
  if (key === '__proto__') throw invalid('request.body', "unknown element '__proto__'");
  if (!key.isWellFormed() || (typeof value === 'string' && !value.isWellFormed())) {
    throw invalid('request.body', 'request body is not Unicode text');
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw invalid('request.body', 'a number in the request body is out of range');
  }
}

/** Describes the first problem in flowServ's words. */
function describe(issue: z.core.$ZodIssue | undefined, body: JsonObject): FlowservError {
  const path = issue?.path.join('.') ?? '';
  if (issue?.code === 'unrecognized_keys') {
    return invalid('request.body', `unknown element '${String(issue.keys[0]).slice(0, 100)}'`);
  }
  if (path === 'members' && issue?.code === 'invalid_type')
    return invalid('request.body', 'members not a list');
  if (issue?.path.length === 1 && !Object.hasOwn(body, path)) {
    return invalid('request.body', `missing element '${path}'`);
  }
  if (issue?.path.length === 1 && body[path] === null) {
    return invalid('request.body', `missing ${path === 'username' ? 'user name' : path}`);
  }
  return invalid('request.body', `invalid element '${path}': ${issue?.message ?? 'not understood'}`);
}
