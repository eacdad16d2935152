import { parseExactly } from '../../documents/exact-json.ts';
import type { EntryReading } from './descriptor.ts';

/**
 * Reads an argument typed as JSON.
 *
 * @param form the type with an example, for the message
 */
export function readJsonEntry(
  text: string,
  form: { readonly type: string; readonly example: string },
): EntryReading {
  try {
    // Keeps numbers as written, since the server distinguishes them.
    return { ok: true, value: parseExactly(text.trim()) };
  } catch {
    return { ok: false, fault: `${form.type} must be given as JSON, such as ${form.example}` };
  }
}
