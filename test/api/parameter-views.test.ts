import { expect, it } from 'vitest';
import * as z from 'zod';
import { openApiDocument } from '../../shared/api/openapi.ts';
import { declarations } from '../../shared/template/parameter-types/types.ts';

it('the schema Parameter describes every element that a parameter type may declare', () => {
  const schema = z
    .object({
      components: z.object({ schemas: z.object({ Parameter: z.object({ properties: z.looseObject({}) }) }) }),
    })
    .parse(openApiDocument());
  const described = Object.keys(schema.components.schemas.Parameter.properties);
  const elements = Object.values(declarations).flatMap((declaration) => declaration.elements);
  expect(described).toEqual(expect.arrayContaining([...new Set<string>(elements)]));
});
