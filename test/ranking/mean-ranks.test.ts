import fc from 'fast-check';
import { expect, it } from 'vitest';
import { selectionOrder, withMeanRanks } from '../../shared/ranking/mean-ranks.ts';
import type { Rankable } from '../../shared/ranking/order.ts';

const of = [
  { name: 'score', descending: true },
  { name: 'time', descending: false },
];
const meanRanks = [{ name: 'mean', of }];

const results: fc.Arbitrary<Rankable[]> = fc
  .array(fc.record({ score: fc.nat(3), time: fc.constantFrom(1, 2, undefined) }), { maxLength: 15 })
  .map((list) =>
    list.map(({ score, time }, n) => ({
      runId: `r${n}`,
      groupId: `g${n}`,
      createdAt: '2026-01-01T00:00:00.000000+00:00',
      values: time === undefined ? { score } : { score, time },
    })),
  );

it('a mean rank is the mean of one more than the number of better results, in each column', () => {
  fc.assert(
    fc.property(results, (list) => {
      const times = (result: Rankable) => Number(result.values.time ?? 99);
      const expected = list.map((one) => {
        const score =
          list.filter((other) => Number(other.values.score) > Number(one.values.score)).length + 1;
        const time = list.filter((other) => times(other) < times(one)).length + 1;
        return (score + time) / 2;
      });
      expect(withMeanRanks(list, meanRanks).map(({ values }) => values.mean)).toEqual(expected);
    }),
  );
});

it('the entries of groups are selected by the columns that mean ranks are the means of', () => {
  const byMean = { name: 'mean', descending: false };
  const byName = { name: 'name', descending: true };
  expect(selectionOrder({ order: [byMean, byName], meanRanks })).toEqual([...of, byName]);
  expect(selectionOrder({ order: [byMean, byName] })).toEqual([byMean, byName]);
});
