import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIncludeAll, parseOrder, rank } from '../../shared/ranking/order.ts';

const result = (runId: string, groupId: string, values: Record<string, number | string>, second = 0) => ({
  runId,
  groupId,
  createdAt: `2026-01-01T00:00:${String(second).padStart(2, '0')}.000000+00:00`,
  values,
});
const ids = (ranked: readonly { runId: string }[]) => ranked.map(({ runId }) => runId);
const count = (descending: boolean) => [{ name: 'count', descending }];

/** Four groups with three runs each; the count grows with every run. */
const season = ['a', 'b', 'c', 'd'].flatMap((group, g) =>
  [0, 1, 2].map((n) => result(`${group}${n}`, group, { count: g * 3 + n }, g * 3 + n)),
);

describe('rank', () => {
  it('K2: keeps the best run of each group, the newest group first', () => {
    expect(ids(rank(season, count(true), false))).toEqual(['d2', 'c2', 'b2', 'a2']);
  });

  it('K3: ascending, keeps the first run of each group in the order of creation', () => {
    expect(ids(rank(season, count(false), false))).toEqual(['a0', 'b0', 'c0', 'd0']);
  });

  it('K4: with all runs, returns every run in either direction', () => {
    expect(ids(rank(season, count(false), true))).toEqual(ids(season));
    expect(ids(rank(season, count(true), true))).toEqual(ids(season).reverse());
  });

  it('K5: sorts by the requested column', () => {
    const results = [1, 2, 3, 4].map((n) => result(`r${n}`, `g${n}`, { avg_count: n, max_len: 10 - n }, n));
    expect(ids(rank(results, [{ name: 'avg_count', descending: true }], false))).toEqual([
      'r4',
      'r3',
      'r2',
      'r1',
    ]);
    expect(ids(rank(results, [{ name: 'max_len', descending: true }], false))).toEqual([
      'r1',
      'r2',
      'r3',
      'r4',
    ]);
  });

  it('puts a missing value last in both directions', () => {
    const results = [
      result('none', 'a', {}),
      result('low', 'b', { count: 1 }),
      result('high', 'c', { count: 2 }),
    ];
    expect(ids(rank(results, count(true), true))).toEqual(['high', 'low', 'none']);
    expect(ids(rank(results, count(false), true))).toEqual(['low', 'high', 'none']);
  });

  it('breaks ties by the time of creation, then by run id, in both directions', () => {
    const results = [
      result('z', 'a', { count: 1 }, 2),
      result('b', 'b', { count: 1 }, 1),
      result('a', 'c', { count: 1 }, 1),
    ];
    expect(ids(rank(results, count(true), true))).toEqual(['a', 'b', 'z']);
    expect(ids(rank(results, count(false), true))).toEqual(['a', 'b', 'z']);
  });

  it('compares text by code points, not by UTF-16 units', () => {
    const results = [result('emoji', 'a', { t: '\u{1f600}' }), result('last', 'b', { t: '\ufffd' })];
    expect(ids(rank(results, [{ name: 't', descending: false }], true))).toEqual(['last', 'emoji']);
  });

  it("returns a permutation of its input that does not depend on the input's order", () => {
    const value = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(undefined));
    const entry = fc.record({
      group: fc.integer({ min: 0, max: 3 }),
      count: value,
      second: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 30 }), fc.boolean(), (entries, descending) => {
        const results = entries.map((e, i) =>
          result(`r${i}`, `g${e.group}`, e.count === undefined ? {} : { count: e.count }, e.second),
        );
        const ranked = ids(rank(results, count(descending), true));
        expect([...ranked].sort()).toEqual(ids(results).sort());
        expect(ids(rank(results.toReversed(), count(descending), true))).toEqual(ranked);
      }),
    );
  });
});

describe('parseOrder', () => {
  const columns = ['avg_count', 'max_len', 'max_line'];
  const standard = [{ name: 'avg_count', descending: true }];

  it('K15: reads several columns with and without direction', () => {
    expect(parseOrder('max_len:asc,max_line:desc,avg_count', columns, standard)).toEqual([
      { name: 'max_len', descending: false },
      { name: 'max_line', descending: true },
      { name: 'avg_count', descending: true },
    ]);
  });

  it('K16: returns the default order if it is absent or empty', () => {
    expect(parseOrder(undefined, columns, standard)).toBe(standard);
    expect(parseOrder('', columns, standard)).toBe(standard);
    expect(parseOrder(',', columns, standard)).toBe(standard);
  });

  it('K17: rejects an unknown column', () => {
    expect(() => parseOrder('unknown:asc', columns, standard)).toThrow("unknown column 'unknown'");
  });

  it('accepts ASC in any case and treats everything else as descending', () => {
    expect(parseOrder('max_len:ASC', columns, standard)).toEqual([{ name: 'max_len', descending: false }]);
    expect(parseOrder('max_len:up', columns, standard)).toEqual([{ name: 'max_len', descending: true }]);
  });
});

describe('parseIncludeAll', () => {
  it('K15: is true only without a value and for true in any case', () => {
    expect([undefined, '', 'true', 'True', 'False', '1', 'yes'].map(parseIncludeAll)).toEqual([
      false,
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
