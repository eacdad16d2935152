import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readResultItem, resultItem } from '../../shared/runs/result.ts';
import { keys } from '../../shared/store/keys.ts';

const at = '2026-01-01T00:00:00.000000+00:00';
const result = (values: Record<string, number | string>) => ({
  runId: 'run',
  groupId: 'group',
  createdAt: at,
  startedAt: at,
  finishedAt: at,
  values,
});
const key = keys.result('W', at, 'run');

describe('a result item', () => {
  it('returns any finite number and any text as it was written', () => {
    const number = fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .filter((value) => !Object.is(value, -0));
    const values = fc.dictionary(
      fc.string({ minLength: 1 }),
      fc.oneof(number, fc.string({ unit: 'binary' })),
    );
    fc.assert(
      fc.property(values, (given) => {
        const read = readResultItem(resultItem(key, result(given)));
        expect(Object.entries(read.values)).toEqual(Object.entries(given));
      }),
      { examples: [[Object.fromEntries([['__proto__', 1]])]] },
    );
  });

  it('stores no number as a DynamoDB number, which ends at 1e126', () => {
    const item = resultItem(key, result({ score: 1e300 }));
    expect(Object.values(item).filter((value) => typeof value === 'number')).toEqual([1]);
  });
});
