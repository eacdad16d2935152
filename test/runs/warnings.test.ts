import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundedWarnings } from '../../shared/runs/warnings.ts';

const warning = fc.record({ code: fc.constant('file.dropped'), message: fc.string({ unit: 'binary' }) });

describe('boundedWarnings', () => {
  it('keeps a hundred, and reports the number of further ones', () => {
    const many = Array.from({ length: 150 }, (_, index) => ({ code: 'a.b', message: `${index}` }));
    const kept = boundedWarnings(many);
    expect(kept).toHaveLength(101);
    expect(kept.slice(0, 100)).toEqual(many.slice(0, 100));
    expect(kept.at(-1)).toEqual({ code: 'warnings.more', message: 'and 50 more warnings' });
    expect(boundedWarnings(many.slice(0, 100))).toEqual(many.slice(0, 100));
    expect(boundedWarnings([])).toEqual([]);
  });

  it('keeps only texts that fit into an item of the table', () => {
    fc.assert(
      fc.property(fc.array(warning, { maxLength: 120 }), fc.nat(3000), (warnings, length) => {
        const long = warnings.map(({ code, message }) => ({ code, message: message.repeat(length) }));
        const kept = boundedWarnings(long);
        expect(Buffer.byteLength(JSON.stringify(kept))).toBeLessThan(150_000);
        expect(kept.every(({ message }) => message.isWellFormed())).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});
