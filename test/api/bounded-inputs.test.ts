import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { brokerRoutes } from '../../shared/api/routes/broker.ts';
import type { Endpoint, Route } from '../../shared/api/routes/route.ts';
import { allRoutes } from '../../shared/api/routes.ts';

const ROUTES: readonly (Pick<Endpoint, 'key' | 'body'> & Pick<Partial<Route>, 'query'>)[] = [
  ...allRoutes,
  ...brokerRoutes,
];

/** The texts, lists and mappings of a schema without an upper bound, by path. */
function unbounded(schema: z.core.$ZodType, path: string): string[] {
  const { def } = (schema as z.ZodType)._zod;
  const inner = (part: z.core.$ZodType, name: string) => unbounded(part, `${path}${name}`);
  switch (def.type) {
    case 'string':
      return (schema as z.ZodString).maxLength === null ? [path] : [];
    case 'array': {
      const bounded = def.checks?.some((check) => check._zod.def.check === 'max_length');
      return [...(bounded ? [] : [path]), ...inner((schema as z.ZodArray).element, '[]')];
    }
    case 'record': {
      const { maxProperties } = z.globalRegistry.get(schema) ?? {};
      const { keyType, valueType } = schema as z.ZodRecord;
      return [...(maxProperties ? [] : [path]), ...inner(keyType, '{key}'), ...inner(valueType, '{}')];
    }
    case 'object':
      return Object.entries((schema as z.ZodObject).shape).flatMap(([key, part]) => inner(part, `.${key}`));
    case 'optional':
    case 'nullable':
    case 'default':
      return inner((schema as z.ZodOptional).def.innerType, '');
    case 'enum':
    case 'literal':
    case 'number':
    case 'boolean':
    // Other rules read these values, within the size of the body.
    case 'unknown':
      return [];
    default:
      throw new Error(`${path}: say how a '${def.type}' is bounded`);
  }
}

describe('every text, list and mapping that a caller sends has a bound', () => {
  it.each(ROUTES.map((route) => [route.key, route] as const))('%s', (_key, { body, query }) => {
    expect([
      ...(body?.kind === 'json' || body?.kind === 'fields' ? unbounded(body.schema, 'body') : []),
      ...(query ? unbounded(query, 'query') : []),
    ]).toEqual([]);
  });

  it('finds a text without a bound', () => {
    const open = z.object({
      a: z.string(),
      b: z.array(z.string().max(1)),
      c: z.record(z.string().max(1), z.int()),
    });
    expect(unbounded(open, '')).toEqual(['.a', '.b', '.c']);
  });
});
