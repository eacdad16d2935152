import * as z from 'zod';
import { type FlowservError, invalidTemplate } from '../errors.ts';

/** Creates the error for a problem in a document; the message starts with the path of the invalid part. */
export type Fault = (message: string, cause?: unknown) => FlowservError;

/**
 * Checks a part of a document against a schema.
 *
 * @param path location of the value in the document, e.g. `workflow.steps[0]`.
 * @throws FlowservError created by `fault`: `<path of the first invalid part>: <what is wrong>`.
 */
export function parseAt<T>(
  schema: z.ZodType<T>,
  value: unknown,
  path: string,
  fault: Fault = invalidTemplate,
): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) {
    return parsed.data;
  }
  const issue = parsed.error.issues[0];
  const suffix = (issue?.path ?? []).map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`));
  throw fault(`${path}${suffix.join('')}: ${issue ? messageOf(issue) : 'invalid'}`, parsed.error);
}

/** How messages name the types of documents. */
const TYPES: Readonly<Partial<Record<string, string>>> = {
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

/** What is wrong: a message of the schema itself, or the expected type. */
function messageOf({ code, message, ...issue }: z.core.$ZodIssue): string {
  const type = code === 'invalid_type' && 'expected' in issue ? issue.expected : undefined;
  if (type === undefined || !message.startsWith('Invalid input')) return message;
  return message.endsWith(' undefined') ? 'is missing' : `must be ${TYPES[type] ?? `a ${type}`}`;
}

const pairs = z.array(z.object({ key: z.string(), value: z.unknown() }));

/**
 * Reads key and value pairs in either spelling of flowServ: a mapping, or a list of `{key, value}`.
 *
 * @throws FlowservError created by `fault`.
 */
export function keyValues(
  value: unknown,
  path: string,
  fault: Fault = invalidTemplate,
): ReadonlyMap<string, unknown> {
  if (value === undefined || value === null) {
    return new Map();
  }
  if (Array.isArray(value)) {
    return new Map(parseAt(pairs, value, path, fault).map((pair) => [pair.key, pair.value]));
  }
  if (!isRecord(value)) {
    throw fault(`${path}: expected a mapping or a list of {key, value}`);
  }
  return new Map(Object.entries(value));
}

/** Whether a parsed document is a mapping. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
