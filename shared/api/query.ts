import type * as z from 'zod';
import { hasLostText } from '../documents/unicode-text.ts';
import { invalid } from '../errors.ts';

/**
 * Reads the query by the schema of its route; a route without a schema ignores the query.
 *
 * @throws FlowservError 400 with the name of the parameter
 */
export function readQuery(
  schema: z.ZodObject | undefined,
  query: Readonly<Record<string, string | undefined>>,
): Record<string, unknown> {
  if (!schema) return {};
  const lost = Object.keys(schema.shape).find((name) => hasLostText(query[name] ?? ''));
  if (lost !== undefined) throw invalid('request.query', `invalid ${lost}: it is not Unicode text`);
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid('request.query', `invalid ${issue?.path.join('.')}: ${issue?.message}`);
}
