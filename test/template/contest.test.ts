import { describe, expect, it } from 'vitest';
import type { Warning } from '../../shared/documents/warning.ts';
import { reachedAlerts } from '../../shared/template/budget.ts';
import { parseManifest } from '../../shared/template/manifest.ts';

const read = (contest: unknown) => parseManifest({ contest }).contest;
const limit = (limits: unknown) => read({ limits })?.limits;

describe('the limits of a contest', () => {
  it('are numbers, and sizes with their units: GB is 10⁹ bytes, GiB 2³⁰', () => {
    const limits = { runsPerDay: 5, runs: 100, runsAtOnce: 2, maxGroupMembers: 5, groupsPerUser: 1 };
    expect(limit({ ...limits, uploadBytes: '1 GB' })).toEqual({ ...limits, uploadBytes: 1e9 });
    for (const [text, bytes] of [
      ['1 GiB', 2 ** 30],
      ['1.5 kB', 1500],
      ['20 B', 20],
      [7, 7],
      ['2 TB', 2e12],
    ]) {
      expect(limit({ uploadBytes: text })).toEqual({ uploadBytes: bytes });
    }
    expect(limit({ runs: null })).toEqual({});
    for (const none of [{}, { limits: null }]) expect(read(none)).toEqual({ limits: {} });
    expect(parseManifest({ contest: null })).toEqual({});
  });

  it.each([
    [
      { limits: { runsperday: 5 } },
      "contest.limits: unknown element 'runsperday'; did you mean 'runsPerDay'?",
    ],
    [{ limit: {} }, "contest: unknown element 'limit'; did you mean 'limits'?"],
    [{ limits: { __proto__: null, constructor: 1 } }, "unknown element 'constructor'"],
    [{ limits: { runs: 0 } }, 'contest.limits.runs: must be an integer from 1 to 1000000'],
    [{ limits: { runs: -1 } }, 'contest.limits.runs'],
    [{ limits: { runs: 1.5 } }, 'contest.limits.runs'],
    [{ limits: { runs: 1e300 } }, 'contest.limits.runs'],
    [{ limits: { runs: '5' } }, 'contest.limits.runs'],
    [{ limits: { runs: true } }, 'contest.limits.runs'],
    [{ limits: { uploadBytes: '1 XB' } }, 'contest.limits.uploadBytes: must be a number of bytes'],
    [{ limits: { uploadBytes: '999999999 TiB' } }, 'contest.limits.uploadBytes'],
    [{ limits: { uploadBytes: 0 } }, 'contest.limits.uploadBytes'],
    [{ limits: { uploadBytes: ['1 GB'] } }, 'contest.limits.uploadBytes'],
    [{ limits: [] }, 'contest.limits: must be a mapping'],
    ['x', 'contest: must be a mapping'],
  ])('are rejected otherwise: %j', (contest, message) => {
    expect(() => read(contest)).toThrow(message);
    expect(() => read(contest)).toThrow('invalid manifest: ');
  });

  it('of runs need a limit of groups, or there is a warning', () => {
    const warningsOf = (limits: unknown) => {
      const warnings: Warning[] = [];
      parseManifest({ contest: { limits } }, warnings);
      return warnings.map(({ code }) => code);
    };
    expect(warningsOf({ runs: 1 })).toEqual(['contest.groups']);
    expect(warningsOf({ runsPerDay: 1, groupsPerUser: 1 })).toEqual([]);
    expect(warningsOf({ uploadBytes: 1 })).toEqual([]);
  });
});

describe('the ranking of a contest', () => {
  const ranking = (written: unknown) => read({ ranking: written })?.ranking;

  it('shows the best run of each group unless it says otherwise', () => {
    expect(ranking({})).toEqual({ entry: 'best', decimals: {} });
    expect(
      ranking({ entry: 'chosen', chosen: 2, decimals: { accuracy: 3, time: 0 }, ties: 'shared' }),
    ).toEqual({
      entry: 'chosen',
      chosen: 2,
      decimals: { accuracy: 3, time: 0 },
      ties: 'shared',
    });
    expect(read({ ranking: null })).toEqual({ limits: {} });
  });

  it.each([
    [{ entry: 'last' }, "contest.ranking.entry: unknown entry 'last'; use one of best, latest, chosen"],
    [{ entry: 'chosen' }, "contest.ranking: missing element 'chosen'"],
    [{ entry: 'chosen', chosen: 0 }, 'contest.ranking.chosen: must be an integer from 1 to 20'],
    [{ entry: 'chosen', chosen: 21 }, 'contest.ranking.chosen'],
    [{ chosen: 2 }, "contest.ranking.chosen: has no effect without 'entry: chosen'"],
    [{ decimals: { score: 1.5 } }, 'contest.ranking.decimals.score: must be an integer from 0 to 15'],
    [{ decimals: ['score'] }, 'contest.ranking.decimals: must be a mapping'],
    [{ ties: true }, "contest.ranking.ties: unknown value 'True'; use shared"],
    [{ tie: 'shared' }, "contest.ranking: unknown element 'tie'; did you mean 'ties'?"],
    [{ entries: 'best' }, "did you mean 'entry'"],
  ])('is rejected otherwise: %j', (written, message) => {
    expect(() => ranking(written)).toThrow(message);
  });
});

describe('the budget of a contest', () => {
  const budget = (value: unknown) => read({ budget: value })?.budget;

  it('is an amount of US dollars, as micro-dollars, and a rule', () => {
    expect(budget({ perMonth: '200 USD' })).toEqual({ perMonth: 200_000_000, whenReached: 'wait' });
    expect(budget({ perMonth: 0.29, whenReached: 'refuse' })).toEqual({
      perMonth: 290_000,
      whenReached: 'refuse',
    });
    expect(budget({ perMonth: '10000000USD' })?.perMonth).toBe(1e13);
    expect(budget(null)).toBeUndefined();
  });

  it.each([
    [{}, 'contest.budget.perMonth: must be an amount of US dollars'],
    [{ perMonth: 0 }, 'contest.budget.perMonth'],
    [{ perMonth: -1 }, 'contest.budget.perMonth'],
    [{ perMonth: '200 EUR' }, 'contest.budget.perMonth'],
    [{ perMonth: '0.001 USD' }, 'contest.budget.perMonth'],
    [{ perMonth: 10_000_001 }, 'contest.budget.perMonth'],
    [{ perMonth: '1'.repeat(100_000) }, 'contest.budget.perMonth'],
    [{ perMonth: true }, 'contest.budget.perMonth'],
    [{ perMonth: 1, whenReached: 'stop' }, "contest.budget.whenReached: unknown value 'stop'"],
    [{ permonth: 1 }, "unknown element 'permonth'; did you mean 'perMonth'?"],
    ['200 USD', 'contest.budget: must be a mapping'],
  ])('is rejected otherwise: %j', (value, message) => {
    expect(() => budget(value)).toThrow(message);
  });

  it('is reached at 50, 80 and 100 %', () => {
    const rules = { perMonth: 1000, whenReached: 'wait' } as const;
    const at = (micros: number) => reachedAlerts(rules, micros);
    expect([0, 499, 500, 799, 800, 999, 1000, 5000].map((micros) => at(micros).at(-1) ?? 0)).toEqual([
      0, 0, 50, 50, 80, 80, 100, 100,
    ]);
    expect(at(1000)).toEqual([50, 80, 100]);
  });
});
