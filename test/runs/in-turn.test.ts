import { describe, expect, it } from 'vitest';
import { inTurn } from '../../shared/runs/dispatch.ts';

const waiting = (text: string) => [...text].map((party, number) => ({ party, number }));
const order = (text: string) => inTurn(waiting(text)).map(({ party, number }) => `${party}${number}`);

describe('inTurn', () => {
  it('takes one run of each group before the second of any', () => {
    expect(order('aaabbc')).toEqual(['a0', 'b3', 'c5', 'a1', 'b4', 'a2']);
  });

  it('keeps the order of arrival within a group and among groups', () => {
    expect(order('abab')).toEqual(['a0', 'b1', 'a2', 'b3']);
    expect(order('')).toEqual([]);
  });
});
