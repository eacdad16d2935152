import { parseExactly } from '../../documents/exact-json.ts';
import type { EntryReading } from './descriptor.ts';

/** Reads an argument typed as JSON. */
export function readJsonEntry(text: string, dtype: string): EntryReading {
  try {
    // Keeps numbers as written, since the server distinguishes them.
    return { ok: true, value: parseExactly(text.trim()) };
  } catch {
    return { ok: false, fault: `a ${dtype} must be given as JSON` };
  }
}
