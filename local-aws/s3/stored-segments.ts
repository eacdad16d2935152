import * as z from 'zod';
import type { Segment } from './blobs.ts';

/** A column that contains JSON of a given schema. */
export function jsonColumn<T extends z.ZodType>(schema: T) {
  return z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(schema);
}

/** The column of segments. Each is `[blob, start, size]` to save space, because an object may have 10,000. */
export const segmentsColumn = jsonColumn(z.array(z.tuple([z.string(), z.number(), z.number()]))).transform(
  (rows): Segment[] => rows.map(([blob, start, size]) => ({ blob, start, size })),
);

export function encodeSegments(segments: readonly Segment[]): string {
  return JSON.stringify(segments.map(({ blob, start, size }) => [blob, start, size]));
}

/** The column of a key, stored as UTF-8 bytes. */
export const keyColumn = z.instanceof(Uint8Array).transform((bytes) => Buffer.from(bytes).toString('utf8'));

export function encodeKey(key: string): Buffer {
  return Buffer.from(key, 'utf8');
}
