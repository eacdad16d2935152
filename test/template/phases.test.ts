import { describe, expect, it } from 'vitest';
import { parseManifest } from '../../shared/template/manifest.ts';
import { nextPhase, openPhase, phaseState, shownPhase } from '../../shared/template/phases.ts';

const read = (phases: unknown) => parseManifest({ contest: { phases } }).contest?.phases;
const at = (time: string) => new Date(time);

const DEV = { id: 'dev', name: 'Development', opens: '2026-12-01T00:00Z', closes: '2027-01-15T23:59Z' };
const TEST = { id: 'test', opens: '2027-01-15T23:59:00Z', closes: '2027-02-01T00:00+02:00', requires: 'dev' };

describe('the phases of a contest', () => {
  it('have times in UTC, limits of runs, and a name, by default their id', () => {
    expect(read([{ ...DEV, limits: { runsPerDay: 5 } }, TEST])).toEqual([
      { ...DEV, opens: '2026-12-01T00:00:00Z', closes: '2027-01-15T23:59:00Z', limits: { runsPerDay: 5 } },
      { ...TEST, name: 'test', closes: '2027-01-31T22:00:00Z', limits: {} },
    ]);
    expect(read([{ id: 'a', inputs: { 'x/a.csv': 'x/b.csv' } }])?.[0]?.inputs).toEqual([
      { path: 'x/a.csv', by: 'x/b.csv' },
    ]);
    expect(read([{ id: 'a', inputs: {} }])?.[0]).not.toHaveProperty('inputs');
    expect(read([{ id: 'only' }])).toEqual([{ id: 'only', name: 'only', limits: {} }]);
    expect(parseManifest({ contest: {} }).contest).toEqual({ limits: {} });
  });

  it('are open from their first moment, and closed from the moment at which they close', () => {
    const phases = read([DEV, { id: 'test', opens: '2027-02-01T00:00Z' }]) ?? [];
    const ids = (time: string) =>
      [openPhase, nextPhase, shownPhase].map((find) => find(phases, at(time))?.id ?? null);
    expect(ids('2026-11-30T23:59:59.999Z')).toEqual([null, 'dev', 'dev']);
    expect(ids('2026-12-01T00:00:00Z')).toEqual(['dev', 'test', 'dev']);
    expect(ids('2027-01-15T23:58:59.999Z')).toEqual(['dev', 'test', 'dev']);
    expect(ids('2027-01-15T23:59:00Z')).toEqual([null, 'test', 'dev']);
    expect(ids('2027-02-01T00:00:00Z')).toEqual(['test', null, 'test']);
    expect(phases.map((phase) => phaseState(phase, at('2027-02-01T00:00:00Z')))).toEqual(['closed', 'open']);
    expect(phaseState({ id: 'x', name: 'x', limits: {} }, at('1970-01-01T00:00:00Z'))).toBe('open');
  });

  it.each([
    [[], 'contest.phases: must have at least one phase'],
    [{ id: 'dev' }, 'contest.phases: must be a list'],
    [[{ name: 'x' }], "contest.phases[0]: missing element 'id'"],
    [[{ id: 'a/b' }], 'must be 1 to 32 letters, digits or hyphens'],
    [[{ id: '__proto__' }], 'must be 1 to 32 letters, digits or hyphens'],
    [[{ id: 'x'.repeat(33) }], 'must be 1 to 32 letters, digits or hyphens'],
    [[{ id: 'a' }, { id: 'a', opens: '2027-01-01T00:00Z' }], "the id 'a' is in use"],
    [[{ ...DEV, open: 1 }], "unknown element 'open'; did you mean 'opens'?"],
    [[{ ...DEV, opens: '2026-12-01' }], "must be a time with its zone, such as '2026-12-01T00:00Z'"],
    [[{ ...DEV, opens: '2026-12-01T00:00' }], 'must be a time with its zone'],
    [[{ ...DEV, opens: '2026-13-01T00:00Z' }], 'must be a time with its zone'],
    [[{ ...DEV, opens: 20261201 }], 'must be a time with its zone'],
    [[{ ...DEV, closes: DEV.opens }], 'which is not after it opens'],
    [[DEV, { id: 'test' }], "missing element 'opens', which only the first phase may leave out"],
    [[{ id: 'dev' }, TEST], "opens at 2027-01-15T23:59:00Z, but phase 'dev' does not close"],
    [[DEV, { ...TEST, opens: '2027-01-15T23:58Z' }], "phase 'dev' closes only at 2027-01-15T23:59:00Z"],
    [[DEV, { ...TEST, requires: 'test' }], "no earlier phase has the id 'test'"],
    [[{ ...DEV, limits: { groupsPerUser: 1 } }], "unknown element 'groupsPerUser'"],
    [[{ ...DEV, limits: { runs: 0 } }], 'contest.phases[0].limits.runs: must be an integer'],
    [[{ id: 'a', inputs: ['x'] }], 'contest.phases[0].inputs: must be a mapping'],
    [
      [{ id: 'a', inputs: { x: 1 } }],
      'contest.phases[0].inputs.x: must be the path of a private static file',
    ],
    [Array.from({ length: 21 }, (_, n) => ({ id: `p${n}` })), 'contest.phases: more than 20 phases'],
  ])('are rejected otherwise: %j', (phases, message) => {
    expect(() => read(phases)).toThrow(message);
  });
});
