import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson, writeJson } from '../../shared/documents/json-document.ts';
import { PythonFloat, toJsonValue, toPythonValue } from '../../shared/documents/python-value.ts';
import { FlowservError } from '../../shared/errors.ts';
import { faultOf } from '../template/faults.ts';

describe('parseJson', () => {
  it('distinguishes floats from integers, and keeps all digits of large integers', () => {
    const value = parseJson('{"a": 10, "b": 10.0, "c": 1e2, "d": 0.5, "e": 12345678901234567890}');

    expect(value).toStrictEqual({
      a: 10,
      b: new PythonFloat(10),
      c: new PythonFloat(100),
      d: 0.5,
      e: 12345678901234567890n,
    });
  });

  it('reads NaN and infinities as values, but not inside strings', () => {
    const value = parseJson('[NaN, Infinity, -Infinity, "NaN, -Infinity"]');

    expect(value).toEqual([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 'NaN, -Infinity']);
  });

  it('uses the last of repeated keys', () => {
    expect(parseJson('{"a": 1, "a": 2}')).toEqual({ a: 2 });
  });

  it('reads every document that JSON.parse reads, with the same result', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(toJsonValue(parseJson(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('reads back what writeJson wrote', () => {
    const values = fc.jsonValue({ maxDepth: 4 }).map(toPythonValue);

    fc.assert(
      fc.property(values, (value) => {
        expect(parseJson(writeJson(value))).toStrictEqual(value);
      }),
    );
  });

  it('reads back floats, NaN and infinities', () => {
    const value = [
      new PythonFloat(10),
      new PythonFloat(1e16),
      Number.NaN,
      Number.NEGATIVE_INFINITY,
      2n ** 80n,
      1e-7,
    ];

    expect(parseJson(writeJson(value))).toStrictEqual(value);
  });

  it('fails with an error of the catalogue for any other text', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.json().map((text) => text.slice(0, -1)),
      fc.json().map((text) => `${text},`),
    );

    fc.assert(
      fc.property(texts, (text) => {
        try {
          parseJson(text);
        } catch (error) {
          expect(error).toBeInstanceOf(FlowservError);
        }
      }),
    );
  });

  it.each([
    ['', '1:1'],
    ['{"a" 1}', '1:6'],
    ['{\n  "a": 1,\n}', '3:1'],
    ["{'a': 1}", '1:2'],
    ['[1 2]', '1:4'],
    ['01', '1:2'],
    ['"abc', '1:1'],
    ['"\\x"', '1:1'],
    ['["a\nb"]', '1:2'],
    ['nul', '1:1'],
    ['1 2', '1:3'],
    ['-', '1:1'],
    [`[${'9'.repeat(5000)}]`, '1:2'],
  ])('reports the location of the problem in %o', (text, position) => {
    const { message, status } = faultOf(() => parseJson(text, { name: 'x.json' }));

    expect(message).toContain(`x.json:${position}: `);
    expect(status).toBe(400);
  });

  it('rejects nesting beyond 100 and text beyond its limit', () => {
    expect(faultOf(() => parseJson('['.repeat(200_000))).message).toContain('nest');
    expect(faultOf(() => parseJson('"abc"', { maxLength: 4 })).message).toContain('longer than 4');
  });
});
