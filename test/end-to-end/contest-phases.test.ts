import { describe, expect, it } from 'vitest';
import { findGroup } from '../../shared/groups/group.ts';
import { readLimits } from '../../shared/groups/limits.ts';
import { findObsoleteRuns } from '../../shared/maintenance/obsolete-runs.ts';
import { cancelRun } from '../../shared/runs/cancel.ts';
import { findRun } from '../../shared/runs/run.ts';
import { startRun } from '../../shared/runs/start.ts';
import { codes, contestRequests, reply } from './contest-requests.ts';
import { ALL_RESULTS, installTemplate, start } from './install-template.ts';
import { updateTemplate } from './new-version.ts';
import { contestAt, phaseRequests, scoring } from './phase-requests.ts';
import { whileFull, withoutMessages } from './played-run.ts';
import { poll } from './running-stack.ts';
import { useStack } from './stack-fixture.ts';

const stack = useStack({ check: 'consistency' });
const { get, rows, team } = phaseRequests(stack);
const { left, limitsOf, cancel } = contestRequests(stack);

describe('a contest with phases', () => {
  it('opens and closes them by the clock, and says when the next one opens', async () => {
    await installTemplate(stack, scoring(), {}, { id: 'CLOCK' }, contestAt('before'));
    const { group, token, start: begin } = await team('CLOCK', 'one');
    const message = "no phase of this benchmark is open; phase 'Development' opens at 2900-01-01T00:00:00Z";
    expect(reply(await begin(1))).toEqual([403, 'contest.phase', message]);
    expect(await limitsOf(group, token)).toEqual({
      phase: {
        id: 'dev',
        name: 'Development',
        opens: '2900-01-01T00:00:00Z',
        closes: '2900-02-01T00:00:00Z',
        state: 'upcoming',
      },
      limits: [],
      nextRun: { possible: false, at: '2900-01-01T00:00:00Z', reason: message },
    });
    const { services } = stack;
    const found = await findGroup(services, group);
    const user = { id: found.ownerId };
    const values = [{ name: 'score', value: 1 }];
    const startedAt = async (time: string) => {
      const then = { ...withoutMessages(services), now: () => new Date(time) };
      const run = await startRun(then, user, found, values).catch((error: Error) => error.message);
      if (typeof run === 'string') return run;
      await cancelRun(services, await findRun(services, run.id));
      return run.phase;
    };
    await whileFull(stack, async () => {
      expect(await startedAt('2899-12-31T23:59:59.999Z')).toBe(message);
      expect(await startedAt('2900-01-01T00:00:00Z')).toBe('dev');
      expect(await startedAt('2900-01-31T23:59:59.999Z')).toBe('dev');
      expect(await startedAt('2900-02-01T00:00:00Z')).toBe('test');
      expect(await startedAt('3900-02-01T00:00:00Z')).toBe('test');
    });
    expect(
      (await get(`/groups/${group}/runs`, token)).runs.map(({ phase }: { phase: string }) => phase),
    ).toEqual(['dev', 'dev', 'test', 'test']);
    await updateTemplate(services, 'CLOCK', scoring(), {}, contestAt('after'));
    expect(reply(await begin(1))).toEqual([
      403,
      'contest.phase',
      "the last phase of this benchmark, 'Final', closed at 2020-03-01T00:00:00Z",
    ]);
    expect((await get('/workflows/CLOCK')).phases).toMatchObject([
      { id: 'dev', state: 'closed', limits: {} },
      { id: 'test', state: 'closed', opens: '2020-02-01T00:00:00Z', closes: '2020-03-01T00:00:00Z' },
    ]);
  });

  it('has a leaderboard and post-processing of each phase, and by default those of the current one', async () => {
    await installTemplate(stack, scoring(ALL_RESULTS), {}, { id: 'BOARDS' }, contestAt('dev'));
    const [one, two] = [await team('BOARDS', 'one'), await team('BOARDS', 'two')];
    const first = await one.score(5);
    expect(first).toMatchObject({ phase: 'dev', state: 'SUCCESS' });
    await two.score(3);
    await updateTemplate(stack.services, 'BOARDS', scoring(ALL_RESULTS), {}, contestAt('between'));
    expect(await rows('BOARDS')).toEqual([
      ['one', 5],
      ['two', 3],
    ]);
    expect(await rows('BOARDS', '?phase=test')).toEqual([]);
    await updateTemplate(stack.services, 'BOARDS', scoring(ALL_RESULTS), {}, contestAt('test'));
    expect(await rows('BOARDS')).toEqual([]);
    await two.score(7);
    const worse = await two.score(6);
    const expected = {
      dev: [
        ['one', 5],
        ['two', 3],
      ],
      test: [['two', 7]],
    };
    expect(await rows('BOARDS')).toEqual(expected.test);
    expect(await rows('BOARDS', '?phase=test')).toEqual(expected.test);
    expect(await rows('BOARDS', '?phase=dev')).toEqual(expected.dev);
    expect(await rows('BOARDS', '?phase=dev&orderBy=score:asc')).toEqual(expected.dev.toReversed());
    expect(await rows('BOARDS', '?phase=test&includeAll')).toEqual([
      ['two', 7],
      ['two', 6],
    ]);
    expect((await get('/workflows/BOARDS/leaderboard?phase=dev')).phase).toBe('dev');
    expect((await get('/workflows/BOARDS/leaderboard')).phase).toBe('test');
    const page = await get('/workflows/BOARDS/leaderboard?phase=dev&limit=1');
    expect(await rows('BOARDS', `?phase=dev&limit=1&cursor=${page.nextCursor}`)).toEqual([['two', 3]]);
    for (const phase of ['other', 'a/b', '__proto__']) {
      expect(await get(`/workflows/BOARDS/leaderboard?phase=${phase}`)).toMatchObject({
        code: 'phase.unknown',
      });
    }
    // The ranks of runs are those of their phase.
    const ranked = await poll(async () => {
      const run = await get(`/runs/${worse.id}`, two.token);
      return run.notRanked === undefined ? undefined : run;
    }, 'not ranked');
    expect(ranked).toMatchObject({
      phase: 'test',
      notRanked: 'the leaderboard shows another run of the group',
    });
    expect(await get(`/runs/${first.id}`, one.token)).toMatchObject({ phase: 'dev', rank: 1 });
    const listed = (await get(`/groups/${two.group}/runs`, two.token)).runs;
    expect(listed.map(({ phase, rank }: { phase: string; rank?: number }) => [phase, rank])).toEqual([
      ['dev', 2],
      ['test', 1],
      ['test', undefined],
    ]);
    // Post-processing of both phases.
    const processed = (query: string, scores: number[]) =>
      poll(async () => {
        const { postproc } = await get(`/workflows/BOARDS/leaderboard${query}`);
        if (postproc?.state !== 'SUCCESS') return undefined;
        const file = postproc.files[0].id;
        const { text } = await stack.request('GET', `/workflows/BOARDS/downloads/files/${file}${query}`);
        const found = [...text.matchAll(/: (\d)/g)].map(([, score]) => Number(score)).sort();
        return JSON.stringify(found) === JSON.stringify(scores) ? postproc : undefined;
      }, `no post-processing of ${query}`);
    const ofDev = await processed('?phase=dev', [3, 5]);
    const ofTest = await processed('', [7]);
    expect(ofDev.phase).toBe('dev');
    expect(ofTest.phase).toBe('test');
    expect((await get('/workflows/BOARDS')).postproc.id).toBe(ofTest.id);
    const obsolete: string[] = [];
    for await (const run of findObsoleteRuns(stack.services, '9999')) obsolete.push(run.id);
    for (const kept of [ofDev.id, ofTest.id, first.id]) expect(obsolete).not.toContain(kept);
  });

  it('limits the runs of each phase, exactly, besides those of the contest', async () => {
    const limits = { dev: ', limits: {runsPerDay: 2}', test: ', limits: {runs: 1}' };
    const more = '  limits: {runs: 4, groupsPerUser: 1}\n';
    await installTemplate(stack, scoring(), {}, { id: 'LIMITS' }, contestAt('dev', { ...limits, more }));
    const { userId, group, token, start: begin } = await team('LIMITS', 'one');
    const services = withoutMessages(stack.services);
    const values = [{ name: 'score', value: 1 }];
    await whileFull(stack, async () => {
      const found = await findGroup(stack.services, group);
      const startMany = (many: number) =>
        Promise.allSettled(
          Array.from({ length: many }, () => startRun(services, { id: userId }, found, values)),
        );
      const results = await startMany(40);
      expect(codes(results)).toEqual({ started: 2, 'contest.runs-per-day': 38 });
      const refused = await begin(1);
      expect(refused.json.message).toContain("which is the maximum per day (UTC) of phase 'Development'");
      expect(await limitsOf(group, token)).toMatchObject({
        phase: { id: 'dev', state: 'open' },
        limits: [
          { name: 'runs', limit: 4, used: 2, left: 2 },
          { name: 'groupsPerUser' },
          { name: 'runsPerDay', phase: 'dev', limit: 2, used: 2, left: 0 },
        ],
        nextRun: { possible: false, reason: refused.json.message },
      });
      // A run that is canceled before it begins counts in neither.
      const [one] = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.id] : []));
      await cancel(`${one}`, token);
      expect(await left(group, token)).toMatchObject({ runs: 3, runsPerDay: 1 });
      await updateTemplate(stack.services, 'LIMITS', scoring(), {}, contestAt('test', { ...limits, more }));
      const final = await findGroup(stack.services, group);
      const inTest = await Promise.allSettled(
        [1, 2, 3].map(() => startRun(services, { id: userId }, final, values)),
      );
      expect(codes(inTest)).toEqual({ started: 1, 'contest.runs': 2 });
      expect(reply(await begin(1))).toEqual([
        403,
        'contest.runs',
        "the group started 1 runs, which is the maximum of phase 'Final'",
      ]);
      expect((await limitsOf(group, token)).limits).toMatchObject([
        { name: 'runs', used: 2, left: 2 },
        { name: 'groupsPerUser' },
        { name: 'runs', phase: 'test', limit: 1, used: 1, left: 0 },
      ]);
      // A group that is created again has no new runs.
      await stack.request('DELETE', `/groups/${group}`, { token });
      const again = await stack.group('LIMITS', token, 'again');
      expect(
        (await readLimits(stack.services, await findGroup(stack.services, again), { id: userId })).limits[2],
      ).toMatchObject({ phase: 'test', used: 0, left: 0 });
      expect((await start(stack, again, token, { score: 1 })).json.code).toBe('contest.runs');
    });
  });

  it('needs a successful run in an earlier phase if the phase says so', async () => {
    const required = { test: ', requires: dev' };
    await installTemplate(stack, scoring(), {}, { id: 'NEEDS' }, contestAt('dev', required));
    const [one, two] = [await team('NEEDS', 'one'), await team('NEEDS', 'two')];
    expect((await one.score(1)).state).toBe('SUCCESS');
    expect((await two.score(-1)).state).toBe('ERROR');
    await updateTemplate(stack.services, 'NEEDS', scoring(), {}, contestAt('test', required));
    const message =
      "phase 'Final' needs a successful run of the group in phase 'Development', which it does not have";
    expect(reply(await two.start(1))).toEqual([403, 'contest.phase-required', message]);
    expect((await limitsOf(two.group, two.token)).nextRun).toEqual({ possible: false, reason: message });
    expect(await one.score(2)).toMatchObject({ phase: 'test', state: 'SUCCESS' });
  });
});
