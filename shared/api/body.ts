import type * as z from 'zod';
import { FlowservError, invalid } from '../errors.ts';
import type { JsonBody } from './routes.ts';

/**
 * Reads a JSON body by the schema of its route.
 *
 * @param body the bytes as received; empty counts as absent
 * @throws FlowservError 400 for anything but a JSON object that fits; the body itself is never echoed,
 *   since it may hold a password
 */
export function readJsonBody<S extends z.ZodType>(
  { schema, optional }: JsonBody<S>,
  body: Buffer,
): z.output<S> {
  const value = parseObject(body, optional);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw describe(parsed.error.issues[0], value);
}

function parseObject(body: Buffer, optional: boolean): object {
  const text = decode(body);
  if (text.trim() === '') {
    if (optional) return {};
    throw invalid('request.body', 'missing request body');
  }
  const value = parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid('request.body', 'request body is not a JSON object');
  }
  return value;
}

function decode(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch (error) {
    throw invalid('request.body', 'request body is not UTF-8 text', error);
  }
}

/** JSON without the key that would change an object's prototype. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text, function (this: unknown, key, value) {
      if (key === '__proto__') throw invalid('request.body', "unknown element '__proto__'");
      return value;
    });
  } catch (error) {
    if (error instanceof FlowservError) throw error;
    throw invalid('request.body', 'request body is not valid JSON', error);
  }
}

/** One sentence in flowServ's words for the first thing that is wrong. */
function describe(issue: z.core.$ZodIssue | undefined, body: object): FlowservError {
  const path = issue?.path.join('.') ?? '';
  if (issue?.code === 'unrecognized_keys') {
    return invalid('request.body', `unknown element '${String(issue.keys[0]).slice(0, 100)}'`);
  }
  if (path === 'members') return invalid('request.body', 'members not a list');
  if (issue?.path.length === 1 && !Object.hasOwn(body, path)) {
    return invalid('request.body', `missing element '${path}'`);
  }
  return invalid('request.body', `invalid element '${path}': ${issue?.message ?? 'not understood'}`);
}
