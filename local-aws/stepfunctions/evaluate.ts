import type jsonata from 'jsonata';
import { describe, expressionText, isExpression, parseExpression } from './expression.ts';
import { StateFailure } from './failure.ts';
import { type Json, jsonBytes, MAX_PAYLOAD_BYTES, toJson } from './json.ts';

/** The data of an expression: `$states` and the assigned variables. */
export interface Bindings {
  readonly states: { readonly [field: string]: Json };
  readonly variables: { readonly [name: string]: Json };
}

/** Parsed expressions by their text. Definitions are few and rarely change, so it is rarely cleared. */
const parsed = new Map<string, jsonata.Expression>();
const MAX_PARSED = 5000;

function expressionOf(text: string): jsonata.Expression {
  const known = parsed.get(text);
  if (known) return known;
  if (parsed.size >= MAX_PARSED) parsed.clear();
  const expression = parseExpression(text);
  parsed.set(text, expression);
  return expression;
}

/**
 * Evaluates a field: replaces every string of the form `{% … %}` by its value, and keeps everything else.
 *
 * @param field path of the field inside its state, for the message, e.g. `Output`.
 * @throws StateFailure `States.QueryEvaluationError` when an expression fails or returns undefined;
 *   `States.DataLimitExceeded` when the result is larger than 256 KiB.
 */
export async function evaluate(template: Json, bindings: Bindings, field: string): Promise<Json> {
  const value = await fill(template, bindings, field);
  assertPayload(value, field);
  return value;
}

/** @throws StateFailure `States.DataLimitExceeded` when a value is larger than 256 KiB. */
export function assertPayload(value: Json, field: string): void {
  if (jsonBytes(value) <= MAX_PAYLOAD_BYTES) return;
  const limit = `the maximum number of bytes service limit (${MAX_PAYLOAD_BYTES})`;
  throw new StateFailure('States.DataLimitExceeded', `The size of '${field}' exceeds ${limit}.`);
}

async function fill(template: Json, bindings: Bindings, field: string): Promise<Json> {
  if (typeof template === 'string') {
    return isExpression(template) ? evaluateOne(expressionText(template), bindings, field) : template;
  }
  if (Array.isArray(template)) {
    const entries: Json[] = [];
    for (const [index, entry] of template.entries())
      entries.push(await fill(entry, bindings, `${field}[${index}]`));
    return entries;
  }
  if (typeof template !== 'object' || template === null) return template;
  const filled: [string, Json][] = [];
  for (const [key, entry] of Object.entries(template)) {
    filled.push([key, await fill(entry, bindings, `${field}/${key}`)]);
  }
  return Object.fromEntries(filled);
}

async function evaluateOne(text: string, bindings: Bindings, field: string): Promise<Json> {
  const where = `The JSONata expression '${text}' specified for the field '${field}'`;
  const fail = (what: string): never => {
    throw new StateFailure('States.QueryEvaluationError', `${where} ${what}`, field);
  };
  const result = await run(text, bindings).catch((error: unknown) =>
    fail(`threw an error during evaluation. ${describe(error)}`),
  );
  if (result === undefined || typeof result === 'function') return fail('returned nothing (undefined).');
  try {
    return toJson(result);
  } catch {
    return fail('returned a value that JSON cannot hold.');
  }
}

const run = async (text: string, { states, variables }: Bindings): Promise<unknown> =>
  expressionOf(text).evaluate(undefined, { ...variables, states });

/**
 * Evaluates a field that must be of one type, such as a condition or a number of seconds.
 *
 * @throws StateFailure `States.QueryEvaluationError` when the result is of another type.
 */
export async function evaluateTyped<T>(
  template: Json,
  bindings: Bindings,
  field: string,
  expected: { readonly name: string; readonly accepts: (value: Json) => value is Json & T },
): Promise<T> {
  const value = await evaluate(template, bindings, field);
  if (expected.accepts(value)) return value;
  const got = JSON.stringify(value).slice(0, 200);
  const message = `The field '${field}' must evaluate to ${expected.name}, but was ${got}.`;
  throw new StateFailure('States.QueryEvaluationError', message, field);
}

export const BOOLEAN = {
  name: 'a boolean',
  accepts: (value: Json): value is boolean => typeof value === 'boolean',
};
export const STRING = {
  name: 'a string',
  accepts: (value: Json): value is string => typeof value === 'string',
};
export const secondsFrom = (minimum: number) => ({
  name: `a whole number from ${minimum} to 99999999`,
  accepts: (value: Json): value is number =>
    typeof value === 'number' && Number.isInteger(value) && value >= minimum && value <= 99_999_999,
});
