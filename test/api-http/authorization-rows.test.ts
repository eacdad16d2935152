import { describe, expect, it } from 'vitest';
import { allRoutes } from '../../shared/api/routes.ts';
import { standard, tokenTable } from './authorization-tables.ts';

describe('the table in docs/authorization.md', () => {
  it('lists every route', () => {
    const named = new Set([...standard.keys()].map((name) => name.split('`')[1]));
    expect([...named].toSorted()).toEqual(allRoutes.map(({ key }) => key).toSorted());
    expect([...tokenTable.keys()].toSorted()).toEqual([...standard.keys()].toSorted());
  });
});
