import type * as z from 'zod';
import { findJson } from '../documents/json-value.ts';

/**
 * Reads the JSON text of a secret.
 *
 * @param volume for the message, such as `bucket x`
 * @throws Error that names the invalid fields, and never contains a part of the text
 */
export function parseSecret<T>(schema: z.ZodType<T>, text: string, volume: string): T {
  const parsed = schema.safeParse(findJson(text));
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(({ path }) => path.join('.')).filter((path) => path !== '');
  const wrong = fields.length > 0 ? `lack a valid ${fields.join(', ')}` : 'are not a JSON object';
  throw new Error(`the credentials of ${volume} ${wrong}`);
}
