import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inRange, type Range, rangeText, readRange } from '../../shared/template/range.ts';

function range(text: string): Range {
  const reading = readRange(text);
  if (!reading.ok) return expect.fail(reading.fault);
  return reading.range;
}

/** Returns which values are in the range, as a text of T and F. */
const membership = (text: string, values: readonly number[]) =>
  values.map((value) => (inRange(range(text), value) ? 'T' : 'F')).join('');

describe('ranges', () => {
  it.each([
    ['[,5)', 'TFF'],
    ['(,5)', 'FFF'],
    ['[,5]', 'TTF'],
    ['(,5]', 'FTF'],
    ['[5,)', 'FTF'],
    ['(5,)', 'FFF'],
    ['[5,]', 'FTT'],
    ['(5,]', 'FFT'],
  ])('G9: %s contains -inf, 5, +inf as %s', (text, expected) => {
    expect(membership(text, [Number.NEGATIVE_INFINITY, 5, Number.POSITIVE_INFINITY])).toBe(expected);
  });

  it.each([
    ['[ 5, 7 ]', 'TTT'],
    ['( 5, 7 ]', 'FTT'],
    ['[ 5, 7 )', 'TTF'],
    ['( 5, 7 )', 'FTF'],
  ])('G10: %s contains 5, 6, 7 as %s', (text, expected) => {
    expect(membership(text, [5, 6, 7])).toBe(expected);
  });

  it.each(['', '[,e,]', '4,8]', '[4,5', '[a,b]', '[5.6,2.7]', '[', '[]', '[5]', '[nan,5]', '{1,2}'])(
    'G11: rejects %o',
    (text) => {
      expect(readRange(text).ok).toBe(false);
    },
  );

  it('G12: prints bounds as Python floats', () => {
    expect(rangeText(range('[0, 10)'))).toBe('[0.0,10.0)');
    expect(rangeText(range('[,5]'))).toBe('[-inf,5.0]');
    expect(rangeText(range('(-inf,inf)'))).toBe('(-inf,inf)');
  });

  it('G13: states for each bound whether it belongs to the range', () => {
    const bounds = ['[0,1]', '(0,1]', '[0,1)', '(0,1)'].map((text) => {
      const { minInclusive, maxInclusive } = range(text);
      return [minInclusive, maxInclusive];
    });
    expect(bounds).toEqual([
      [true, true],
      [false, true],
      [true, false],
      [false, false],
    ]);
    expect(range('[0,1]')).toMatchObject({ min: 0, max: 1 });
  });

  it('does not contain NaN', () => {
    expect(inRange(range('[,]'), Number.NaN)).toBe(false);
  });

  it('reads its own normal form as the same range', () => {
    const bounds = fc.tuple(fc.double({ noNaN: true }), fc.double({ noNaN: true }));

    fc.assert(
      fc.property(bounds, fc.boolean(), fc.boolean(), ([a, b], minInclusive, maxInclusive) => {
        const written = { min: Math.min(a, b), max: Math.max(a, b), minInclusive, maxInclusive };
        expect(range(rangeText(written))).toEqual(written);
      }),
    );
  });

  it('returns a range or a problem for any text', () => {
    const parts = fc.array(fc.constantFrom('[', '(', ']', ')', ',', ' ', '1', '-', 'inf', 'e', '.'), {
      maxLength: 9,
    });

    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          parts.map((list) => list.join('')),
        ),
        (text) => {
          const reading = readRange(text);
          if (reading.ok) expect(reading.range.min).toBeLessThanOrEqual(reading.range.max);
          else expect(reading.fault).not.toBe('');
        },
      ),
    );
  });
});
