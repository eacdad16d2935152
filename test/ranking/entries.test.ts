import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Rankable, rank, ranksOf } from '../../shared/ranking/order.ts';

const GROUPS = ['a', 'b', 'c', 'd'] as const;
const order = [
  { name: 'score', descending: true },
  { name: 'time', descending: false },
];

const arbitraryResults: fc.Arbitrary<Rankable[]> = fc
  .array(
    fc.record({
      groupId: fc.constantFrom(...GROUPS),
      score: fc.constantFrom(1, 2, 2.5, 3),
      time: fc.constantFrom(1, 2, undefined),
      second: fc.nat(5),
      chosen: fc.constantFrom(true, undefined),
    }),
    { maxLength: 20 },
  )
  .map((list) =>
    list.map(({ groupId, score, time, second, chosen }, n) => ({
      runId: `r${String(n).padStart(2, '0')}`,
      groupId,
      createdAt: `2026-01-01T00:00:0${second}.000000+00:00`,
      values: time === undefined ? { score } : { score, time },
      chosen,
    })),
  );

/** Whether a result comes before another one, without any sorting. */
function isBefore(a: Rankable, b: Rankable): boolean {
  const [left, right] = [a, b].map(({ values, createdAt, runId }) => [
    ...[-Number(values.score), Number(values.time ?? 99), createdAt, runId],
  ]) as [(number | string)[], (number | string)[]];
  for (const [i, value] of left.entries()) {
    const other = right[i] as number | string;
    if (value !== other) return value < other;
  }
  return false;
}

/** The entry of each group, found by comparing each result with all others. */
function entriesOf(results: readonly Rankable[], entry: 'best' | 'latest' | 'chosen'): Rankable[] {
  return GROUPS.flatMap((groupId) => {
    const own = results.filter((result) => result.groupId === groupId);
    const picked = own.filter(({ chosen }) => chosen);
    const among = entry === 'chosen' && picked.length > 0 ? picked : own;
    const isLater = (a: Rankable, b: Rankable) => a.createdAt + a.runId > b.createdAt + b.runId;
    const wins = entry === 'latest' ? isLater : isBefore;
    return among.filter((one) => among.every((other) => other === one || wins(one, other)));
  });
}

describe('the entry of a group on the leaderboard', () => {
  it.each(['best', 'latest', 'chosen'] as const)('is the %s one, for any results', (entry) => {
    fc.assert(
      fc.property(arbitraryResults, (results) => {
        const ranked = rank(results, order, false, entry);
        expect(new Set(ranked)).toEqual(new Set(entriesOf(results, entry)));
        for (const [i, one] of ranked.entries()) {
          for (const later of ranked.slice(i + 1)) expect(isBefore(one, later)).toBe(true);
        }
        expect(rank(results, order, true, entry)).toEqual(rank(results, order, true));
      }),
    );
  });

  it('is the best one, with or without choices, unless the rules say otherwise', () => {
    fc.assert(
      fc.property(arbitraryResults, (results) => {
        expect(rank(results, order, false)).toEqual(rank(results, order, false, 'best'));
      }),
    );
  });
});

describe('ranks', () => {
  it('are positions, or one more than the number of better results if ties are shared', () => {
    fc.assert(
      fc.property(arbitraryResults, fc.boolean(), (results, all) => {
        const ranking = rank(results, order, all);
        expect(ranksOf(ranking, order, false)).toEqual(ranking.map((_, i) => i + 1));
        const key = ({ values }: Rankable) => [-Number(values.score), Number(values.time ?? 99)] as const;
        const isBetter = (a: Rankable, b: Rankable) => {
          const [first, second] = [key(a), key(b)];
          return first[0] < second[0] || (first[0] === second[0] && first[1] < second[1]);
        };
        const shared = ranking.map((one) => ranking.filter((other) => isBetter(other, one)).length + 1);
        expect(ranksOf(ranking, order, true)).toEqual(shared);
      }),
    );
  });

  it('skip the places of a tie: 1, 2, 2, 4', () => {
    const list = [3, 2, 2, 1].map((score, n) => ({
      runId: `r${n}`,
      groupId: `g${n}`,
      createdAt: `2026-01-01T00:00:0${n}.000000+00:00`,
      values: { score },
    }));
    expect(ranksOf(list, order.slice(0, 1), true)).toEqual([1, 2, 2, 4]);
  });
});
