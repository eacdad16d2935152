import { below, type Location, report } from '../documents/problem.ts';
import type { PythonMapping } from '../documents/python-value.ts';

/** A time with its zone (RFC 3339; seconds may be left out). */
const TIME = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2})?(?:[Zz]|[+-]\d{2}:\d{2})$/;

/** A time in UTC and whole seconds, such as `2026-12-01T00:00:00Z`; undefined for a text that is none. */
function readTime(text: string): string | undefined {
  if (!TIME.test(text)) return undefined;
  const milliseconds = Date.parse(text.replace(' ', 'T').toUpperCase());
  return Number.isNaN(milliseconds) ? undefined : new Date(milliseconds).toISOString().replace('.000Z', 'Z');
}

/** Reads a time at a key; undefined if it is absent, or after a report. */
export function timeAt(fields: PythonMapping, key: string, location: Location): string | undefined {
  const value = fields[key] ?? undefined;
  if (value === undefined) return undefined;
  const time = typeof value === 'string' ? readTime(value) : undefined;
  if (time === undefined) {
    report(below(location, key), "must be a time with its zone, such as '2026-12-01T00:00Z'");
  }
  return time;
}
