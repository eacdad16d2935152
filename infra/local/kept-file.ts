import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type * as z from 'zod';

/**
 * Reads a JSON file of the data folder, or creates it on first use. It is replaced atomically and readable by the
 * user only, since some of these files contain keys.
 */
export function keptFile<T>(path: string, schema: z.ZodType<T>, make: () => T): T {
  if (existsSync(path)) return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  const value = make();
  writeKept(path, value);
  return value;
}

export function writeKept(path: string, value: unknown): void {
  const fresh = `${path}.new`;
  writeFileSync(fresh, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(fresh, path);
}
