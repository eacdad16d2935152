import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutProblems } from '../../shared/documents/problem.ts';
import { toPythonValue } from '../../shared/documents/python-value.ts';
import { extractResult } from '../../shared/template/result-document.ts';
import { readResultSchema, resultsDocument } from '../../shared/template/result-schema.ts';

const SOURCES = [
  { name: 'a', label: 'A', dtype: 'float' },
  { name: 'b', label: 'B', dtype: 'float', required: false },
  { name: 'n', label: 'N', dtype: 'int' },
  { name: 't', label: 'T', dtype: 'string', required: false },
];
const parse = (section: unknown) =>
  withoutProblems('results', (location) => readResultSchema(toPythonValue(section), location));
const schemaWith = (...columns: readonly object[]) =>
  parse({ file: 'r.json', schema: [...SOURCES, ...columns] });
const computed = (compute: unknown, more: object = {}) => ({
  ...{ name: 'c', label: 'C', dtype: 'float', compute },
  ...more,
});

describe('a computed column', () => {
  it('has the mean, sum, minimum or maximum of its columns, and no value if one of them has none', () => {
    const schema = schemaWith(
      ...['mean', 'sum', 'min', 'max'].map((name) => ({
        ...{ name, label: name, dtype: 'float', compute: { [name]: ['a', 'b', 'n'] } },
      })),
    );
    const number = fc.double({ noNaN: true, min: -1e6, max: 1e6 });
    fc.assert(
      fc.property(number, number, fc.integer({ min: -1000, max: 1000 }), (a, b, n) => {
        const values = extractResult(schema, { a, b, n }).values ?? {};
        expect(values.sum).toBeCloseTo(a + b + n, 6);
        expect(values.mean).toBeCloseTo((a + b + n) / 3, 6);
        const ordered = [a, b, n].toSorted((x, y) => x - y);
        expect([Number(values.min) + 0, Number(values.max) + 0]).toEqual([
          Number(ordered[0]) + 0,
          Number(ordered[2]) + 0,
        ]);
      }),
    );
    expect(extractResult(schema, { a: 1, n: 2 })).toEqual({ values: { a: 1, n: 2 }, warnings: [] });
    const huge = extractResult(schema, { a: 1.7e308, b: 1.7e308, n: 1 }).values;
    expect(huge).toEqual({ a: 1.7e308, b: 1.7e308, n: 1, min: 1, max: 1.7e308 });
    // The result file cannot set it.
    expect(extractResult(schema, { a: 1, b: 3, n: 2, mean: 99 }).values).toMatchObject({ mean: 2 });
  });

  it('is stored as it was written', () => {
    const schema = schemaWith(computed({ meanRank: ['a', 'n'] }, { unit: '%' }));
    expect(schema.columns.at(-1)).toEqual({
      ...{ name: 'c', label: 'C', dtype: 'float', unit: '%' },
      ...{ compute: { meanRank: ['a', 'n'] }, required: false },
    });
    expect(parse(resultsDocument(schema))).toEqual(schema);
    expect(schemaWith(computed({ sum: ['n'] }, { dtype: 'int' })).columns).toHaveLength(5);
  });

  it.each([
    [computed({ median: ['a'] }), "unknown element 'median'"],
    [computed({ means: ['a'] }), "did you mean 'mean'"],
    [computed({}), 'must name one function of mean, sum, min, max, meanRank'],
    [computed({ mean: ['a'], sum: ['a'] }), 'must name one function'],
    [computed({ mean: [] }), 'must list columns'],
    [computed({ mean: 'a' }), 'must be a list'],
    [computed({ mean: ['x'] }), "unknown column 'x'"],
    [computed({ mean: ['c'] }), "the column 'c' is computed too"],
    [computed({ mean: ['t'] }), "the column 't' is text"],
    [computed({ mean: ['n'] }, { dtype: 'int' }), 'must be float'],
    [computed({ sum: ['a'] }, { dtype: 'int' }), 'must be float'],
    [computed({ sum: ['a'] }, { dtype: 'string' }), 'must be float'],
    [computed({ sum: ['a'] }, { path: 'x' }), "cannot be combined with 'compute'"],
    [computed({ sum: ['a'] }, { required: true }), "cannot be combined with 'compute'"],
    [computed({ meanRank: Array(21).fill('a') }), 'more than 20 entries'],
  ])('is rejected otherwise: %j', (column, message) => {
    expect(() => schemaWith(column)).toThrow(message);
  });
});
