import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keys } from '../../shared/store/keys.ts';

const owner = fc.stringMatching(/^[A-Za-z0-9_]{1,32}$/);
const number = fc.nat({ max: 10 ** 14 });

describe('the keys of the queue', () => {
  it('keep the runs of an owner together, in the order of their numbers', () => {
    fc.assert(
      fc.property(owner, number, number, (name, a, b) => {
        const [first, second] = [keys.queued(name, Math.min(a, b)).sk, keys.queued(name, Math.max(a, b)).sk];
        expect(first <= second).toBe(true);
        expect(second < keys.queueAfter(name)).toBe(true);
      }),
    );
  });

  it('sort all runs of an owner before or all after the end of another', () => {
    fc.assert(
      fc.property(owner, owner, number, number, (one, other, a, b) => {
        fc.pre(one !== other);
        const end = keys.queueAfter(one);
        expect(keys.queued(other, a).sk < end).toBe(keys.queued(other, b).sk < end);
      }),
    );
  });
});
