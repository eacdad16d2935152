import * as z from 'zod';

/** One accepted value: an exact value, or text with a prefix. */
type ValueMatcher = string | number | boolean | null | { readonly prefix: string };

/** An event pattern: each field in it must have one of the listed values; other fields may have any value. */
export interface EventPattern {
  readonly [field: string]: readonly ValueMatcher[] | EventPattern;
}

const matcher = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.null(),
  z.strictObject({ prefix: z.string() }),
]);
const eventPattern: z.ZodType<EventPattern> = z.lazy(() =>
  z.record(z.string(), z.union([z.array(matcher).min(1), eventPattern])),
);

/**
 * Checks a pattern. Only exact values and `prefix` are supported. Other matchers of EventBridge are rejected, so that
 * no rule silently matches too much or too little.
 *
 * @throws Error with the name of the rule
 */
export function checkPattern(rule: string, candidate: unknown): EventPattern {
  const parsed = eventPattern.safeParse(candidate);
  if (!parsed.success || Object.keys(parsed.data).length === 0) {
    throw new Error(`the event pattern of rule '${rule}' is not supported: exact values and prefix only`);
  }
  return parsed.data;
}

/**
 * Whether an event matches. A list in the event matches if one of its elements does; a missing field never matches.
 * Source: EventBridge User Guide, "Creating Amazon EventBridge event patterns".
 */
export function matchesPattern(pattern: EventPattern, event: unknown): boolean {
  return Object.entries(pattern).every(([field, expected]) => {
    if (typeof event !== 'object' || event === null || !Object.hasOwn(event, field)) return false;
    const value: unknown = Reflect.get(event, field);
    if (!isValueList(expected)) return matchesPattern(expected, value);
    const values = Array.isArray(value) ? value : [value];
    return values.some((actual) => expected.some((accepted) => accepts(accepted, actual)));
  });
}

const isValueList = (expected: readonly ValueMatcher[] | EventPattern): expected is readonly ValueMatcher[] =>
  Array.isArray(expected);

function accepts(accepted: ValueMatcher, actual: unknown): boolean {
  if (typeof accepted !== 'object' || accepted === null) return accepted === actual;
  return typeof actual === 'string' && actual.startsWith(accepted.prefix);
}
