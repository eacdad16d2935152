import { describe, expect, it } from 'vitest';
import { removeObsoleteRuns } from '../../shared/maintenance/obsolete-runs.ts';
import { reply } from './contest-requests.ts';
import { moderationRequests } from './moderation-requests.ts';
import { useStack } from './stack-fixture.ts';

const stack = useStack({ check: 'consistency' });
const { tokens, get, put, remove, leaderboard, rows, actions, disqualify, readmit, team } =
  moderationRequests(stack, [
    { id: 'LATEST', settings: 'contest: {ranking: {entry: latest}}\n' },
    { id: 'CHOSEN', settings: 'contest: {ranking: {entry: chosen, chosen: 2}}\n' },
    { id: 'GROUPS' },
    { id: 'BASE' },
  ]);

const SECRET = 'copied the hidden labels';

describe('entries of a contest', () => {
  it('are the latest run that is still ranked', async () => {
    const own = await team('LATEST', 'own');
    await own.score(9);
    const late = await own.score(1);
    expect(await rows('LATEST')).toEqual(['own 1']);
    await put(`/runs/${late}/withdrawal`, own.token);
    expect(await rows('LATEST')).toEqual(['own 9']);
    await remove(`/runs/${late}/withdrawal`, own.token);
    expect(await rows('LATEST')).toEqual(['own 1']);
  });

  it('are the chosen runs, and a choice is restored with its run', async () => {
    const own = await team('CHOSEN', 'own');
    const [one, nine] = [await own.score(1), await own.score(9)];
    const choose = (runs: readonly string[]) => put(`/groups/${own.group}/chosen`, own.token, { runs });
    const chosen = async () => (await get(`/groups/${own.group}/chosen`, own.token)).runs;
    await choose([one]);
    expect(await rows('CHOSEN')).toEqual(['own 1']);
    await disqualify(`/runs/${one}`, 'x');
    expect([await rows('CHOSEN'), await chosen()]).toEqual([['own 9'], []]);
    expect(reply(await choose([one, nine]))).toEqual([
      400,
      'contest.chosen',
      'a run that is disqualified, withdrawn or a baseline is not ranked',
    ]);
    await readmit(`/runs/${one}`);
    expect([await rows('CHOSEN'), await chosen()]).toEqual([['own 1'], [one]]);
    await disqualify(`/runs/${one}`, 'x');
    await choose([nine]);
    await readmit(`/runs/${one}`);
    expect(await chosen()).toEqual([nine]);
  });
});

describe('a withdrawn run', () => {
  it('is withdrawn and returned by members, unless it is disqualified', async () => {
    const own = await team('GROUPS', 'withdrawing');
    const run = await own.score(7);
    expect((await put(`/runs/${run}/withdrawal`, tokens.organiser)).status).toBe(403);
    const withdrawn = await put(`/runs/${run}/withdrawal`, own.token);
    expect(withdrawn.json).toEqual({ withdrawn: { since: expect.any(String) } });
    expect((await put(`/runs/${run}/withdrawal`, own.token)).json).toEqual(withdrawn.json);
    expect(await get(`/runs/${run}`, own.token)).toMatchObject({ notRanked: 'withdrawn by the group' });
    expect(await rows('GROUPS')).toEqual([]);
    await disqualify(`/runs/${run}`, 'x');
    expect((await remove(`/runs/${run}/withdrawal`, own.token)).json.code).toBe('run.disqualified');
    expect((await get(`/runs/${run}`, own.token)).notRanked).toBe('disqualified: x');
    await readmit(`/runs/${run}`);
    expect(await rows('GROUPS')).toEqual([]);
    await remove(`/runs/${run}/withdrawal`, own.token);
    expect(await rows('GROUPS')).toEqual(['withdrawing 7']);
    await disqualify(`/groups/${own.group}`, 'x');
    expect((await put(`/runs/${run}/withdrawal`, own.token)).json.code).toBe('run.disqualified');
    expect(await actions('GROUPS')).not.toContain('run.withdraw');
    await readmit(`/groups/${own.group}`);
  });
});

describe('a disqualified group', () => {
  it('ranks no run and starts none', async () => {
    const own = await team('GROUPS', 'cheating');
    await own.score(8);
    const headers = { 'idempotency-key': 'before' };
    const begin = (more: object = {}) =>
      stack.request('POST', `/groups/${own.group}/runs`, {
        token: own.token,
        body: { arguments: [{ name: 'score', value: 2 }] },
        ...more,
      });
    const before = await begin({ headers });
    await stack.ended(before.json.id, own.token);
    await disqualify(`/groups/${own.group}`, 'two accounts');
    expect(await rows('GROUPS', '?includeAll')).not.toContain('cheating 8');
    const refused = [
      403,
      'group.disqualified',
      'the group is disqualified, so it cannot start runs: two accounts',
    ];
    expect(reply(await begin())).toEqual(refused);
    // A repeated request gets the run that the first one started.
    expect((await begin({ headers })).json.id).toBe(before.json.id);
    expect((await get(`/groups/${own.group}/limits`, own.token)).nextRun).toEqual({
      possible: false,
      reason: refused[2],
    });
    const handle = await get(`/groups/${own.group}`, own.token);
    expect(handle.disqualified.reason).toBe('two accounts');
    expect(handle.runs[0].notRanked).toBe('the group is disqualified: two accounts');
    await stack.request('PUT', `/groups/${own.group}`, { token: own.token, body: { name: 'renamed' } });
    expect(await rows('GROUPS', '?includeAll')).not.toContain('renamed 8');
    await disqualify(`/groups/${own.group}`, SECRET, 'private');
    expect(reply(await begin())[2]).toBe('the group is disqualified, so it cannot start runs');
    expect((await get(`/groups/${own.group}`, own.token)).disqualified).toEqual({
      since: expect.any(String),
      visibility: 'private',
    });
    expect((await get(`/groups/${own.group}`, tokens.organiser)).disqualified.reason).toBe(SECRET);
    await readmit(`/groups/${own.group}`);
    expect(await rows('GROUPS', '?includeAll')).toContain('renamed 8');
    expect((await begin()).status).toBe(201);
  });
});

describe('a baseline', () => {
  it('is shown without a rank, and is no entry of its group', async () => {
    const own = await team('BASE', 'own');
    const [two, six] = [await own.score(2), await own.score(6)];
    const host = await team('BASE', 'host');
    const base = await host.score(4);
    const before = await leaderboard('BASE');
    expect(before.baselines).toBeUndefined();
    const path = `/runs/${base}/baseline`;
    expect((await put(path, own.token)).status).toBe(403);
    expect((await put(path, tokens.organiser, { label: 'Majority class' })).json).toEqual({
      baseline: { since: expect.any(String), label: 'Majority class' },
    });
    await put(`/runs/${six}/baseline`, tokens.organiser);
    const shown = await leaderboard('BASE', '?limit=1');
    expect(shown.ranking.map(({ run }: { run: { id: string } }) => run.id)).toEqual([two]);
    expect(shown.baselines).toEqual([
      { ...before.ranking[0], run: { ...before.ranking[0].run, id: six } },
      { ...before.ranking[1], label: 'Majority class' },
    ]);
    const ascending = await leaderboard('BASE', '?orderBy=score:asc&includeAll');
    expect(ascending.baselines.map(({ run }: { run: { id: string } }) => run.id)).toEqual([base, six]);
    expect(await get(`/runs/${base}`, host.token)).toMatchObject({
      notRanked: 'a baseline, which the leaderboard shows without a rank',
      baseline: { label: 'Majority class' },
    });
    expect(await removeObsoleteRuns(stack.services, '2100')).toBeGreaterThan(0);
    expect((await stack.request('GET', `/runs/${base}`, { token: host.token })).status).toBe(200);
    await put(`/runs/${six}/withdrawal`, own.token);
    expect((await leaderboard('BASE')).baselines).toHaveLength(1);
    await disqualify(`/groups/${host.group}`, 'x');
    expect((await leaderboard('BASE')).baselines).toBeUndefined();
    await readmit(`/groups/${host.group}`);
    await remove(path, tokens.organiser);
    expect((await leaderboard('BASE')).baselines).toBeUndefined();
    expect(await rows('BASE')).toContain('host 4');
    expect((await actions('BASE')).filter((action) => action.includes('baseline'))).toEqual([
      'run.no-baseline',
      'run.baseline',
      'run.baseline',
    ]);
  });
});
