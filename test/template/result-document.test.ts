import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutProblems } from '../../shared/documents/problem.ts';
import { toPythonValue } from '../../shared/documents/python-value.ts';
import {
  castResult,
  extractResult,
  MAX_YAML_RESULT_LENGTH,
  parseResultDocument,
  valueAtPath,
} from '../../shared/template/result-document.ts';
import { MAX_RESULT_LENGTH } from '../../shared/template/result-limit.ts';
import { MAX_COLUMNS, readResultSchema } from '../../shared/template/result-schema.ts';
import { faultOf } from './faults.ts';

const column = (name: string, rest = {}) => ({ name, label: `Label ${name}`, dtype: 'float', ...rest });
const schemaOf = (columns: unknown, rest = {}) => {
  const section = toPythonValue({ file: 'r.json', schema: columns, ...rest });
  return withoutProblems('results', (location) => readResultSchema(section, location));
};
const faultWith = (columns: unknown, rest = {}) => faultOf(() => schemaOf(columns, rest));

const valuesOf = (...input: Parameters<typeof extractResult>) => extractResult(...input).values;
const warningsOf = (schema: Parameters<typeof extractResult>[0], document: unknown) =>
  extractResult(schema, toPythonValue(document)).warnings.map(({ code, message }) => `${code}: ${message}`);

describe('readResultSchema', () => {
  it('K10: rejects a column type other than float, int and string', () => {
    expect(faultWith([column('a', { dtype: 'file' })])).toMatchObject({
      code: 'template.invalid',
      message: expect.stringContaining("results.schema[0].dtype: unknown data type 'file'"),
    });
    expect(faultWith([{ name: 'a', label: 'A' }]).message).toContain("missing element 'dtype'");
  });

  it('K11: rejects duplicate names and labels, unknown order columns and extra elements', () => {
    expect(faultWith([column('a'), column('a', { label: 'x' })]).message).toContain(
      "duplicate column identifier 'a'",
    );
    expect(faultWith([column('a'), column('b', { label: 'Label a' })]).message).toContain(
      'not unique column name',
    );
    expect(faultWith([column('a')], { orderBy: [{ name: 'b' }] }).message).toContain("unknown column 'b'");
    expect(faultWith([column('a', { format: 's' })]).message).toContain("unknown element 'format'");
    expect(faultWith([column('a')], { orderBy: [{ name: 'a', desc: true }] }).message).toContain("'desc'");
    expect(faultWith([column('a')], { format: 'json' }).message).toContain("unknown element 'format'");
  });

  it('K12: orders by the first column, descending, unless the template sets an order', () => {
    const columns = [column('a'), column('b')];

    expect(schemaOf(columns).orderBy).toEqual([{ name: 'a', sortDesc: true }]);
    expect(schemaOf(columns, { orderBy: [] }).orderBy).toEqual([{ name: 'a', sortDesc: true }]);
    expect(schemaOf(columns, { orderBy: [{ name: 'b' }] }).orderBy).toEqual([{ name: 'b', sortDesc: true }]);
    expect(schemaOf(columns, { orderBy: [{ name: 'b', sortDesc: false }] }).orderBy).toEqual([
      { name: 'b', sortDesc: false },
    ]);
  });

  it('F20: reads the older spelling of columns and order', () => {
    const schema = schemaOf([{ id: 'a', name: 'A', type: 'decimal' }], {
      orderBy: [{ id: 'a', sortDesc: false }],
    });

    expect(schema).toEqual({
      file: 'r.json',
      columns: [{ name: 'a', label: 'A', dtype: 'float', required: true }],
      orderBy: [{ name: 'a', sortDesc: false }],
    });
  });

  it.each([
    [[]],
    [undefined],
    ['a'],
    [[{ name: 'a', dtype: 'int' }]],
    [[column('a', { path: '' })]],
    [[column('a', { required: 'no' })]],
    [Array.from({ length: MAX_COLUMNS + 1 }, (_, i) => column(`c${i}`))],
  ])('rejects the columns %o', (columns) => {
    expect(faultWith(columns).code).toBe('template.invalid');
  });

  it.each([[undefined], ['/r.json'], ['../r.json'], ['results/']])('rejects the result file %o', (file) => {
    expect(faultWith([column('a')], { file }).code).toBe('template.invalid');
  });
});

describe('extractResult', () => {
  it('K6: reads a value from a nested mapping', () => {
    const schema = schemaOf([column('min', { path: 'values/min' }), column('max', { path: 'values/max' })]);

    expect(valuesOf(schema, { values: { min: 1, max: 2.5 } })).toEqual({ min: 1, max: 2.5 });
  });

  it('K7: omits an optional value that is missing', () => {
    const schema = schemaOf([column('a'), column('b', { required: false })]);

    expect(valuesOf(schema, { a: 1 })).toEqual({ a: 1 });
    expect(valuesOf(schema, { a: 1, b: null })).toEqual({ a: 1 });
  });

  it('K8: returns no result if a required value is missing or the document is not a mapping', () => {
    const schema = schemaOf([column('a')]);

    expect(valuesOf(schema, { b: 1 })).toBeUndefined();
    expect(valuesOf(schema, { a: null })).toBeUndefined();
    expect(valuesOf(schema, [1])).toBeUndefined();
    expect(valuesOf(schema, null)).toBeUndefined();
  });

  it('K9: casts by the type of the column', () => {
    expect(castResult('int', '3')).toBe(3);
    expect(castResult('int', 3.9)).toBe(3);
    expect(castResult('int', true)).toBe(1);
    expect(castResult('int', Number.NaN)).toBeUndefined();
    expect(castResult('int', Number.POSITIVE_INFINITY)).toBeUndefined();
    expect(castResult('int', '3.5')).toBeUndefined();
    expect(castResult('float', '3.5')).toBe(3.5);
    expect(castResult('float', 'XYZ')).toBeUndefined();
    expect(castResult('float', [1])).toBeUndefined();
    expect(castResult('string', 3.5)).toBe('3.5');
    expect(castResult('string', true)).toBe('True');
    expect(valuesOf(schemaOf([column('a')]), { a: 'XYZ' })).toBeUndefined();
    expect(valuesOf(schemaOf([column('a', { required: false })]), { a: 'XYZ' })).toBeUndefined();
  });

  it('keeps zero, false and empty text as present values', () => {
    const schema = schemaOf([column('a'), column('b', { dtype: 'int' }), column('c', { dtype: 'string' })]);

    expect(valuesOf(schema, { a: 0, b: false, c: '' })).toEqual({ a: 0, b: 0, c: '' });
  });

  it('(report 16) does not rank a run whose required value is NaN or infinite, and omits an optional one', () => {
    const optional = [column('b', { required: false }), column('c', { dtype: 'int', required: false })];
    const schema = schemaOf([column('a'), ...optional]);
    for (const text of ['{"a": NaN}', '{"a": "-inf"}', `{"a": ${'9'.repeat(400)}}`, '{"b": 1}']) {
      expect(valuesOf(schema, parseResultDocument(text, 'r.json'))).toBeUndefined();
    }
    expect(valuesOf(schema, { a: 1, b: Number.NaN, c: Number.POSITIVE_INFINITY })).toEqual({ a: 1 });
    expect(warningsOf(schema, { a: Number.NaN, b: 1 })).toEqual([
      "result.not-finite: not ranked: in 'r.json' 'a' is NaN, infinite or too large; column 'a' is of type float",
    ]);
    expect(warningsOf(schema, { a: 1, c: 'nan' })).toEqual([
      "result.not-finite: column 'c' has no value: in 'r.json' 'c' is NaN, infinite or too large",
    ]);
  });

  it('(report 2) reports file, column and reason of each value that prevents the ranking of a run', () => {
    const columns = [column('a'), column('b', { path: 'x/b' }), column('n', { dtype: 'int' })];
    const schema = schemaOf(columns);
    expect(warningsOf(schema, { a: { secret: 1 }, x: { b: null }, n: 'secret' })).toEqual([
      "result.column-type: not ranked: in 'r.json' 'a' is a mapping that is not a valid float; column 'a' is of type float",
      "result.column-missing: not ranked: in 'r.json' 'x/b' is null; column 'b' is of type float",
      "result.column-type: not ranked: in 'r.json' 'n' is a text that is not a valid int; column 'n' is of type int",
    ]);
    expect(warningsOf(schema, {})).toHaveLength(3);
    expect(warningsOf(schema, [1])).toEqual([expect.stringContaining("'r.json' is a list at its top")]);
    expect(warningsOf(schemaOf([column('a'), column('o', { required: false })]), { a: 1 })).toEqual([]);
  });

  it('K13: finds values only in mappings', () => {
    const document = { a: { b: { c: 1 } }, list: [{ x: 1 }] };

    expect(valueAtPath(document, 'a/b/c')).toBe(1);
    expect(valueAtPath(document, 'a/b')).toEqual({ c: 1 });
    expect(valueAtPath(document, 'a/x/c')).toBeUndefined();
    expect(valueAtPath(document, 'a/b/c/d')).toBeUndefined();
    expect(valueAtPath(document, 'list/0/x')).toBeUndefined();
    expect(valueAtPath(document, '')).toBeUndefined();
    expect(valueAtPath(document, 'constructor')).toBeUndefined();
  });

  it('returns only finite numbers and texts for any document', () => {
    const schema = schemaOf([
      column('a', { required: false }),
      column('b', { dtype: 'int', required: false }),
      column('c', { dtype: 'string', required: false }),
    ]);
    const documents = fc.dictionary(
      fc.constantFrom('a', 'b', 'c'),
      fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.double()),
    );

    fc.assert(
      fc.property(documents, (document) => {
        for (const value of Object.values(valuesOf(schema, toPythonValue(document)) ?? {})) {
          expect(typeof value === 'string' || Number.isFinite(value)).toBe(true);
        }
      }),
    );
  });
});

describe('parseResultDocument', () => {
  it('reads JSON with the literals of Python, and YAML by its suffix', () => {
    expect(parseResultDocument('{"a": [Infinity, "NaN"]}', 'r.json')).toEqual({
      a: [Number.POSITIVE_INFINITY, 'NaN'],
    });
    expect(parseResultDocument('a: 1\n', 'x/r.yaml')).toEqual({ a: 1 });
    expect(parseResultDocument('a: .inf\n', 'r.YML')).toEqual({ a: Number.POSITIVE_INFINITY });
    expect(faultOf(() => parseResultDocument('a: 1', 'r.txt')).code).toBe('result.unreadable');
  });

  it('recommends JSON if a document is too long for YAML', () => {
    const text = `a: 1 # ${'x'.repeat(MAX_YAML_RESULT_LENGTH)}`;
    expect(faultOf(() => parseResultDocument(text, 'r.yaml')).message).toContain('write it as JSON');
    expect(parseResultDocument(JSON.stringify({ a: text }), 'r.json')).toEqual({ a: text });
  });

  it.each([
    ['', 'r.json'],
    ['{', 'r.json'],
    ['a: [', 'r.yaml'],
    ['a: !include b.yaml', 'r.yaml'],
    [`"${'x'.repeat(MAX_RESULT_LENGTH)}"`, 'r.json'],
    ['x'.repeat(MAX_YAML_RESULT_LENGTH + 1), 'r.yaml'],
  ])('rejects a document that it cannot read (%#)', (text, path) => {
    expect(faultOf(() => parseResultDocument(text, path))).toMatchObject({
      status: 400,
      code: 'result.unreadable',
    });
  });
});
