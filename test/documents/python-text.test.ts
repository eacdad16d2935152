import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { floatOfText, intOfText } from '../../shared/documents/python-number.ts';
import { floatText, pythonText } from '../../shared/documents/python-text.ts';
import {
  PythonFloat,
  pythonEquals,
  pythonFloat,
  toJsonValue,
  toPythonValue,
} from '../../shared/documents/python-value.ts';
import { faultOf } from '../template/faults.ts';

describe('pythonText', () => {
  // CPython 3.11 printed each row.
  it.each([
    [true, 'True'],
    [false, 'False'],
    [null, 'None'],
    [10, '10'],
    [new PythonFloat(10), '10.0'],
    [new PythonFloat(-0), '-0.0'],
    [0.00001, '1e-05'],
    [0.0001, '0.0001'],
    [new PythonFloat(1e16), '1e+16'],
    [new PythonFloat(1e15), '1000000000000000.0'],
    [1.5e300, '1.5e+300'],
    [0.1 + 0.2, '0.30000000000000004'],
    [Number.POSITIVE_INFINITY, 'inf'],
    [Number.NEGATIVE_INFINITY, '-inf'],
    [Number.NaN, 'nan'],
    [12345678901234567890n, '12345678901234567890'],
    ['plain', 'plain'],
    [[1, 'a'], "[1, 'a']"],
    [{ f1: true }, "{'f1': True}"],
    [[], '[]'],
    [{ a: [new PythonFloat(2), null] }, "{'a': [2.0, None]}"],
    [["it's"], '["it\'s"]'],
    [['it\'s "x"'], "['it\\'s \"x\"']"],
    [['a\nb\t\\'], "['a\\nb\\t\\\\']"],
    [['\u0000\u00a0\u200b\u{e0001}é'], "['\\x00\\xa0\\u200b\\U000e0001é']"],
  ])('prints %o as %s', (value, text) => {
    expect(pythonText(value)).toBe(text);
  });

  it('prints every double so that it parses to the same double', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        expect(floatOfText(floatText(value))).toBe(value);
      }),
    );
  });

  it('prints any JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        expect(typeof pythonText(toPythonValue(value))).toBe('string');
      }),
    );
  });
});

describe('numbers from text', () => {
  it.each([
    ['5', 5],
    [' +5 ', 5],
    ['-07', -7],
    ['1_0', 10],
    ['12345678901234567890', 12345678901234567890n],
  ])('reads the int %o', (text, value) => {
    expect(intOfText(text)).toBe(value);
  });

  it.each(['', ' ', '3.0', '1e3', '_1', '1_', '1__0', '0x1', '--1', '9'.repeat(4301)])(
    'does not read %o as an int',
    (text) => {
      expect(intOfText(text)).toBeUndefined();
    },
  );

  it.each([
    ['3.4', 3.4],
    [' .5 ', 0.5],
    ['5.', 5],
    ['1e-3', 0.001],
    ['1_0.2_5', 10.25],
    ['INF', Number.POSITIVE_INFINITY],
    ['-infinity', Number.NEGATIVE_INFINITY],
    ['+NaN', Number.NaN],
  ])('reads the float %o', (text, value) => {
    expect(floatOfText(text)).toBe(value);
  });

  it.each(['', '.', 'e5', '1e', '1__0', '0x1', '1,5', 'in'])('does not read %o as a float', (text) => {
    expect(floatOfText(text)).toBeUndefined();
  });
});

describe('values', () => {
  it('boxes a float only if a plain number would read as an int', () => {
    expect(pythonFloat(2)).toStrictEqual(new PythonFloat(2));
    expect(pythonFloat(2.5)).toBe(2.5);
    expect(pythonFloat(Number.NaN)).toBeNaN();
  });

  it('compares numbers and booleans by value, and nothing else', () => {
    expect(pythonEquals(1, new PythonFloat(1))).toBe(true);
    expect(pythonEquals(true, 1)).toBe(true);
    expect(pythonEquals('1', 1)).toBe(false);
    expect(pythonEquals(null, false)).toBe(false);
    expect(pythonEquals([1, { a: true }], [true, { a: 1 }])).toBe(true);
    expect(pythonEquals({ a: 1 }, { b: 1 })).toBe(false);
    expect(pythonEquals([1], [1, 2])).toBe(false);
    expect(pythonEquals(2n ** 70n, 2n ** 70n + 1n)).toBe(false);
  });

  it('converts values to JSON without NaN and infinities', () => {
    const value = { a: new PythonFloat(10), b: [Number.NaN, Number.POSITIVE_INFINITY, 2n ** 60n], c: null };

    expect(toJsonValue(value)).toEqual({ a: 10, b: [null, null, 2 ** 60], c: null });
  });

  it('treats a member named __proto__ as an ordinary member', () => {
    const value = toPythonValue(JSON.parse('{"__proto__": {"x": 1}, "a": 2}'));

    expect(Object.keys(Object(value))).toEqual(['__proto__', 'a']);
    expect(pythonText(value)).toBe("{'__proto__': {'x': 1}, 'a': 2}");
  });

  it.each([[() => 1], [new Date(0)], [new Map()], [Symbol('x')], [undefined]])('rejects %o', (value) => {
    expect(faultOf(() => toPythonValue(value)).status).toBe(400);
  });

  it('rejects values nested deeper than 100', () => {
    const nested = (depth: number) => JSON.parse('['.repeat(depth) + ']'.repeat(depth));

    expect(() => toPythonValue(nested(100))).not.toThrow();
    expect(faultOf(() => toPythonValue(nested(101))).code).toBe('value.too-deep');
    expect(faultOf(() => toPythonValue(nested(100_000))).code).toBe('value.too-deep');
  });
});
