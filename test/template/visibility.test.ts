import { describe, expect, it } from 'vitest';
import type { Contest } from '../../shared/template/contest.ts';
import { parseManifest } from '../../shared/template/manifest.ts';
import { type Audience, formerPhases, visibleTo } from '../../shared/template/visibility.ts';

const read = (contest: unknown): Contest | null => parseManifest({ contest }).contest ?? null;
const NOW = new Date('2026-12-01T12:00:00Z');

/** What a caller may see, as the names of the parts. */
function parts(
  audience: Audience,
  current: unknown,
  { phaseId, before = [], now = NOW }: { phaseId?: string; before?: readonly unknown[]; now?: Date } = {},
): string {
  const versions = [...before, current].map(read);
  const former = versions.reduce<ReturnType<typeof formerPhases>>(
    (phases, contest, position) =>
      position === 0
        ? []
        : formerPhases({ contest: versions[position - 1] ?? null, formerPhases: phases }, contest, now),
    [],
  );
  const visible = visibleTo(audience, { current: read(current), former, phaseId }, now);
  return Object.entries(visible)
    .filter(([, isShown]) => isShown)
    .map(([name]) => name)
    .join(' ');
}

const ALL = 'leaderboard scores logs outputs outputsOfOthers';
const PHASES = [
  { id: 'dev', closes: '2026-12-02T00:00Z' },
  { id: 'test', opens: '2026-12-02T00:00Z', leaderboard: 'organisers' },
];

describe('what participants may see of a contest', () => {
  it('is everything without rules, and for those with a role', () => {
    for (const contest of [null, {}, { visibility: {} }, { phases: [{ id: 'dev' }] }]) {
      for (const audience of ['anyone', 'participant', 'organiser'] as const) {
        expect(parts(audience, contest)).toBe(ALL);
      }
    }
    expect(parts('organiser', { phases: PHASES }, { phaseId: 'test' })).toBe(ALL);
    expect(parts('organiser', null, { phaseId: 'gone' })).toBe(ALL);
  });

  it('depends on the rules of the phase before those of the contest', () => {
    const visibility = { leaderboard: 'members', logs: 'organisers' };
    expect(parts('anyone', { visibility })).toBe('scores outputs');
    expect(parts('participant', { visibility })).toBe('leaderboard scores outputs');
    expect(parts('participant', { visibility: { outputs: 'organisers' } })).toBe('leaderboard scores logs');
    expect(parts('participant', { visibility: { outputs: 'own' } })).toBe('leaderboard scores logs outputs');
    expect(parts('participant', { phases: PHASES }, { phaseId: 'dev' })).toBe(ALL);
    expect(parts('participant', { phases: PHASES }, { phaseId: 'test' })).toBe('');
    const shown = [{ id: 'test', leaderboard: 'public' }];
    expect(parts('anyone', { phases: shown, visibility: { leaderboard: 'organisers' } })).toBe(ALL);
  });

  it('is everything from the moment of `until` on', () => {
    const contest = { phases: PHASES, visibility: { until: '2026-12-01T13:00+01:00', logs: 'organisers' } };
    const at = (time: string) => ({ phaseId: 'test', now: new Date(time) });
    expect(parts('anyone', contest, at('2026-12-01T11:59:59.999Z'))).toBe('');
    expect(parts('anyone', contest, at('2026-12-01T12:00:00Z'))).toBe(ALL);
  });

  it('is as before the phases for runs from then, which belong to the first phase', () => {
    expect(parts('participant', { phases: [PHASES[1]] })).toBe('');
    expect(parts('participant', { phases: PHASES })).toBe(ALL);
  });

  it('stays hidden when a version removes the phase or the contest', () => {
    const before = [{ phases: PHASES }, { phases: [PHASES[0]] }];
    for (const current of [null, {}, { phases: [PHASES[0]] }, { visibility: { leaderboard: 'public' } }]) {
      expect(parts('participant', current, { phaseId: 'test', before })).toBe('');
      expect(parts('participant', current, { phaseId: 'unknown' })).toBe('');
    }
    expect(parts('participant', null, { phaseId: 'dev', before })).toBe(ALL);
    const ended = { phases: PHASES, visibility: { until: '2026-01-01T00:00Z' } };
    expect(parts('participant', null, { phaseId: 'test', before: [ended] })).toBe(ALL);
    const ends = { phases: PHASES, visibility: { until: '2027-01-01T00:00Z' } };
    expect(parts('participant', null, { phaseId: 'test', before: [ends] })).toBe('');
  });

  it('of a removed phase is what the last version with it says, or less if the installed one hides more', () => {
    const shown = { phases: [PHASES[0], { ...PHASES[1], leaderboard: 'public' }] };
    const of = (current: unknown, ...before: unknown[]) =>
      parts('participant', current, { phaseId: 'test', before });
    expect(of(null, { phases: PHASES }, shown)).toBe(ALL);
    expect(of(null, shown, { phases: PHASES })).toBe('');
    expect(of(null, shown, { phases: PHASES }, null)).toBe('');
    expect(of(null, { phases: PHASES }, null, shown)).toBe(ALL);
    expect(of({ visibility: { leaderboard: 'organisers' } }, shown)).toBe('');
    expect(of({ visibility: { logs: 'organisers' } }, shown)).toBe(
      'leaderboard scores outputs outputsOfOthers',
    );
  });

  it.each([
    [{ visibility: { leaderboard: 'own' } }, "unknown value 'own'; use one of public, members, organisers"],
    [
      { visibility: { logs: 'public' } },
      "contest.visibility.logs: unknown value 'public'; use one of own, organisers",
    ],
    [{ visibility: { outputs: 1 } }, 'contest.visibility.outputs: unknown value'],
    [{ visibility: { until: '2027-01-01' } }, 'contest.visibility.until: must be a time with its zone'],
    [{ visibility: { log: 'own' } }, "unknown element 'log'; did you mean 'logs'?"],
    [{ visibility: [] }, 'contest.visibility: must be a mapping'],
    [{ phases: [{ id: 'a', leaderboard: 'none' }] }, "contest.phases[0].leaderboard: unknown value 'none'"],
  ])('is rejected otherwise: %j', (contest, message) => {
    expect(() => read(contest)).toThrow(message);
  });
});
