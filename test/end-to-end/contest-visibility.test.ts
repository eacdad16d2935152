import { describe, expect, it } from 'vitest';
import { readLeaderboardState } from '../../shared/workflows/leaderboard-state.ts';
import { installTemplate } from './install-template.ts';
import { updateTemplate } from './new-version.ts';
import { contestAt, phaseRequests, scoring } from './phase-requests.ts';
import { poll } from './running-stack.ts';
import { useStack } from './stack-fixture.ts';

const stack = useStack({ check: 'consistency' });
const { get, rows, team } = phaseRequests(stack);

describe('the visibility of a contest', () => {
  it('shows a leaderboard for members to the members of groups of the workflow only', async () => {
    await installTemplate(
      stack,
      scoring(),
      {},
      { id: 'CLUB' },
      'contest: {visibility: {leaderboard: members}}\n',
    );
    const one = await team('CLUB', 'one');
    const stranger = await stack.user('a stranger');
    expect(await one.score(4)).toMatchObject({ results: [{ name: 'score', value: 4 }] });
    const ranked = async (token?: string) => {
      const { ranking, hidden } = await get('/workflows/CLUB/leaderboard', token);
      return hidden ? 'hidden' : ranking.length;
    };
    expect(await ranked(one.token)).toBe(1);
    expect(await ranked((await team('CLUB', 'two')).token)).toBe(1);
    expect(await ranked(stranger.token)).toBe('hidden');
    expect(await ranked()).toBe('hidden');
    expect((await get('/workflows/CLUB')).visibility).toEqual({
      leaderboard: 'members',
      logs: 'own',
      outputs: 'own',
    });
  });

  it('keeps logs and messages, or outputs, to the organisers', async () => {
    const visibility = (rules: string) => `contest: {visibility: {${rules}}}\n`;
    await installTemplate(stack, scoring(), {}, { id: 'QUIET' }, visibility('logs: organisers'));
    const one = await team('QUIET', 'one');
    const [run, failed] = [await one.score(4), await one.score(-4)];
    expect(run).toMatchObject({ results: [{ value: 4 }], hidden: ['logs'] });
    expect(run.files).toHaveLength(1);
    expect(failed.messages).toEqual(['the run failed; the organisers of this benchmark can read why']);
    expect((await get(`/runs/${run.id}/logs`, one.token)).steps).toMatchObject([{ private: true }]);
    expect(await rows('QUIET')).toEqual([['one', 4]]);
    const file = `/runs/${run.id}/downloads/files/${run.files[0].id}`;
    expect((await stack.request('GET', file)).status).toBe(200);
    // The rules of the installed version apply to earlier runs too.
    await updateTemplate(stack.services, 'QUIET', scoring(), {}, visibility('outputs: organisers'));
    expect(await get(`/runs/${run.id}`, one.token)).toMatchObject({ files: [], hidden: ['outputs'] });
    expect((await stack.request('GET', file)).json.code).toBe('contest.hidden');
    expect((await get(`/runs/${failed.id}`, one.token)).messages.join()).toContain('only');
    expect((await get(`/runs/${run.id}/logs`, one.token)).steps[0]).not.toHaveProperty('private');
  });

  it('stays as it was for runs of a blind phase that a version removes', async () => {
    const blind = { test: ', leaderboard: organisers' };
    await installTemplate(stack, scoring(), {}, { id: 'GONE' }, contestAt('test', blind));
    const one = await team('GONE', 'one');
    const run = await one.score(4);
    expect(run).not.toHaveProperty('results');
    for (const settings of ['', 'contest: {phases: [{id: open}]}\n']) {
      const { changes } = await updateTemplate(stack.services, 'GONE', scoring(), {}, settings);
      expect(changes.length).toBeGreaterThan(0);
      expect(await get(`/runs/${run.id}`, one.token)).not.toHaveProperty('results');
      expect((await get('/workflows/GONE/leaderboard?phase=test', one.token)).code).toBe('phase.unknown');
      expect(await rows('GONE')).toEqual([]);
    }
    const { changes } = await updateTemplate(stack.services, 'GONE', scoring(), {}, contestAt('test'));
    expect(changes).toContainEqual(expect.stringContaining("Phase 'test' is new"));
    expect(await rows('GONE')).toEqual([['one', 4]]);
  });

  it('changes no entity tag of what is shown when hidden results arrive', async () => {
    const blind = { test: ', leaderboard: organisers' };
    await installTemplate(stack, scoring(), {}, { id: 'MIXED' }, contestAt('dev', blind));
    const [one, two] = [await team('MIXED', 'one'), await team('MIXED', 'two')];
    const [best] = [await one.score(4), await one.score(3)];
    await updateTemplate(stack.services, 'MIXED', scoring(), {}, contestAt('test', blind));
    const paths = [
      '/workflows/MIXED',
      '/workflows/MIXED/leaderboard?phase=dev',
      `/groups/${one.group}`,
      `/groups/${one.group}/runs`,
      `/runs/${best.id}`,
    ];
    const all = async () => {
      const replies = await Promise.all(
        paths.map((path) => stack.request('GET', path, { token: one.token })),
      );
      return replies.map(({ headers, text }) => [headers.get('etag'), headers.get('poll-after'), text]);
    };
    await poll(
      async () => ((await get(`/runs/${best.id}`, one.token)).rank === 1 ? true : undefined),
      'no rank',
    );
    const before = await all();
    expect((await two.score(9)).state).toBe('SUCCESS');
    const { built } = await poll(async () => {
      const state = await readLeaderboardState(stack.services, 'MIXED');
      return state.dirty === state.built && state.results === 3 ? state : undefined;
    }, 'not ranked');
    expect(built).toBeGreaterThan(0);
    expect(await all()).toEqual(before);
    expect(await rows('MIXED', '?phase=dev')).toEqual([['one', 4]]);
  });
});
