import { expect, it } from 'vitest';
import * as z from 'zod';
import { parseAt } from '../../shared/documents/schema.ts';

it.each([
  [z.object({ a: z.boolean() }), { a: 1 }, 'x.a: must be true or false'],
  [z.object({ a: z.string() }), {}, 'x.a: is missing'],
  [z.object({ a: z.array(z.number()) }), { a: ['1'] }, 'x.a[0]: must be a number'],
  [z.record(z.string(), z.unknown()), 'text', 'x: must be a mapping'],
  [z.object({ a: z.string('must be a name') }), {}, 'x.a: must be a name'],
])('a part that does not fit names what it must be (%#)', (schema, value, message) => {
  expect(() => parseAt<unknown>(schema, value, 'x')).toThrow(message);
});
