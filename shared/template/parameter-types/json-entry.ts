import { parseExactly } from '../../documents/exact-json.ts';
import type { EntryReading } from './descriptor.ts';

/** Reads an argument that is typed as JSON. */
export function readJsonEntry(text: string, dtype: string): EntryReading {
  try {
    // Numbers as they are written, which the server tells apart.
    return { ok: true, value: parseExactly(text.trim()) };
  } catch {
    return { ok: false, fault: `a ${dtype} is given as JSON` };
  }
}
