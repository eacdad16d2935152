import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resultJson } from '../../shared/template/result-json.ts';

const sent = (dtype: 'float' | 'int' | 'string', value: number | string) =>
  JSON.stringify(resultJson({ name: 'a', dtype }, { a: value }));

describe('resultJson', () => {
  it('(report 24) writes a float with a point or an exponent, and an int with neither', () => {
    expect(['float', 'int', 'string'].map((dtype) => sent(dtype as 'float', 3))).toEqual(['3.0', '3', '3']);
    expect([0, -0, 1e22, 1e-7, -2.5, 2 ** 53].map((value) => sent('float', value))).toEqual([
      '0.0',
      '-0.0',
      '1e+22',
      '1e-7',
      '-2.5',
      '9007199254740992.0',
    ]);
    expect([-0, 1e21, -(2 ** 60)].map((value) => sent('int', value))).toEqual([
      '0',
      '1000000000000000000000',
      '-1152921504606846976',
    ]);
    expect(sent('string', '3.0')).toBe('"3.0"');
    expect(resultJson({ name: '__proto__', dtype: 'float' }, { a: 1 })).toBeNull();
  });

  it('writes any number so that it parses to the same number', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(number, (value) => {
        expect(JSON.parse(sent('float', value))).toBe(value);
        expect(sent('float', value)).toMatch(/[.e]/);
        if (Number.isInteger(value)) {
          expect(Number(sent('int', value))).toBe(value + 0);
          expect(sent('int', value)).toMatch(/^-?\d+$/);
        }
      }),
    );
  });
});
