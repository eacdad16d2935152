import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../faults/random.ts';

const take = (seed: number, name: string, count = 50) => {
  const random = createRandom(seed, name);
  return Array.from({ length: count }, random);
};

describe('a sequence of random numbers', () => {
  it('is the same for the same seed and name, and different for others', () => {
    expect(take(7, 'index')).toEqual(take(7, 'index'));
    expect(take(7, 'index')).not.toEqual(take(8, 'index'));
    expect(take(7, 'index')).not.toEqual(take(7, 'events'));
  });

  it('is distributed over all numbers from 0 to 1', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const numbers = take(seed, 'index', 200);
        expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
        // Of 200 uniform numbers, fewer than 60 or more than 140 are below 0.5 only once in some 10^8 times.
        const low = numbers.filter((number) => number < 0.5).length;
        expect(low).toBeGreaterThan(60);
        expect(low).toBeLessThan(140);
      }),
    );
  });
});
