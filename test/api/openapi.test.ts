import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { errorTable } from '../../shared/api/error-table.ts';
import { openApiDocument } from '../../shared/api/openapi.ts';
import { pathOf, type Route } from '../../shared/api/routes/route.ts';
import { allRoutes } from '../../shared/api/routes.ts';

describe('the table of error codes', () => {
  it('matches the error catalogue (`npm run openapi` writes it)', () => {
    expect(readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')).toBe(errorTable());
  });
});

describe('the OpenAPI document', () => {
  it('matches the route table (`npm run openapi` writes it)', () => {
    const kept = readFileSync(new URL('../../shared/api/openapi.json', import.meta.url), 'utf8');
    expect(`${JSON.stringify(openApiDocument(), undefined, 2)}\n`).toBe(kept);
  });

  it('is valid OpenAPI 3.1 without dangling references', async () => {
    const validator = new Validator();
    const result = await validator.validate(structuredClone(openApiDocument()));
    expect(result.errors ?? []).toEqual([]);
    expect(validator.version).toBe('3.1');
    const text = JSON.stringify(openApiDocument());
    for (const [, path = ''] of text.matchAll(/"\$ref":"#\/([^"]*)"/g)) {
      expect(openApiDocument()).toHaveProperty(path.split('/'));
    }
    expect(text).not.toMatch(/"\$ref":"[^#]/);
  });

  it('lists every route and method', () => {
    const { paths } = openApiDocument();
    const found = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const expected = (allRoutes as readonly Route[]).flatMap((route) =>
      route.methods.map((method) => `${method} ${route.base ?? ''}/${pathOf(route)}`),
    );
    expect(found.toSorted()).toEqual(expected.toSorted());
  });
});
