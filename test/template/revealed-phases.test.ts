import { describe, expect, it } from 'vitest';
import type { Contest } from '../../shared/template/contest.ts';
import type { Phase } from '../../shared/template/phases.ts';
import { ALL_RUNS, type FormerPhase, revealedPhases } from '../../shared/template/visibility.ts';

const now = new Date('2026-06-01T00:00:00Z');
const phase = (id: string, leaderboard?: Phase['leaderboard']): Phase => ({
  id,
  name: id,
  limits: {},
  ...(leaderboard && { leaderboard }),
});
const contest = (phases?: Phase[], visibility?: Contest['visibility']): Contest => ({
  limits: {},
  ...(phases && { phases }),
  ...(visibility && { visibility }),
});
const revealed = (before: Contest | null, after: Contest | null, formerPhases: FormerPhase[] = []) =>
  revealedPhases({ contest: before, formerPhases }, { contest: after }, now);
const open = phase('dev');
const blind = phase('test', 'organisers');

describe('the phases that a new version must confirm', () => {
  it('are none while all rules stay, become stricter, or hide nothing', () => {
    expect(revealed(null, contest([open, blind]))).toEqual([]);
    expect(revealed(contest([open, blind]), contest([open, blind]))).toEqual([]);
    expect(revealed(contest([open]), null)).toEqual([]);
    expect(revealed(contest([phase('dev', 'members')]), contest([blind]))).toEqual([]);
    const soon = { until: '2026-05-01T00:00:00Z', leaderboard: 'organisers' } as const;
    expect(revealed(contest([blind], soon), contest([open]))).toEqual([]);
  });

  it('are blind ones that go, open, or open earlier', () => {
    expect(revealed(contest([open, blind]), contest([open]))).toEqual(['test']);
    expect(revealed(contest([open, blind]), null)).toEqual(['test']);
    expect(revealed(contest([open, blind]), contest([open, phase('test')]))).toEqual(['test']);
    expect(revealed(contest([open, blind]), contest([open, phase('test', 'members')]))).toEqual(['test']);
    const until = (time: string) => contest([open, blind], { until: time });
    expect(revealed(contest([open, blind]), until('2026-07-01T00:00:00Z'))).toEqual(['test']);
    expect(revealed(until('2026-08-01T00:00:00Z'), until('2026-07-01T00:00:00Z'))).toEqual(['test']);
    expect(revealed(until('2026-07-01T00:00:00Z'), until('2026-08-01T00:00:00Z'))).toEqual([]);
  });

  it('include an id that is used again for the runs of a blind phase that went earlier', () => {
    const former: FormerPhase = {
      id: 'final',
      leaderboard: 'organisers',
      logs: 'organisers',
      outputs: 'organisers',
    };
    expect(revealed(contest([open]), contest([open, phase('final')]), [former])).toEqual(['final']);
    expect(revealed(contest([open]), contest([open, phase('final', 'organisers')]), [former])).toEqual([]);
  });

  it('include the runs of a contest without phases, and those that change to another first phase', () => {
    const hidden = contest(undefined, { leaderboard: 'organisers' });
    expect(revealed(hidden, null)).toEqual([ALL_RUNS]);
    expect(revealed(hidden, contest([open]))).toEqual([ALL_RUNS]);
    expect(revealed(contest(undefined, { logs: 'organisers' }), contest())).toEqual([ALL_RUNS]);
    expect(revealed(contest([blind, open]), contest([open, blind]))).toEqual([ALL_RUNS]);
  });
});
