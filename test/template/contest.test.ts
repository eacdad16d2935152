import { describe, expect, it } from 'vitest';
import type { Warning } from '../../shared/documents/warning.ts';
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
