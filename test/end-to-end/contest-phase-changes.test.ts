import { describe, expect, it } from 'vitest';
import { giveRole } from '../../shared/members/members.ts';
import { installTemplate } from './install-template.ts';
import { updateTemplate } from './new-version.ts';
import { contestAt, phaseRequests, scoring } from './phase-requests.ts';
import { useStack } from './stack-fixture.ts';

const stack = useStack({ check: 'consistency' });
const { get, rows, team } = phaseRequests(stack);

describe('phases of a contest that change', () => {
  it('keeps runs from before the phases, and those of phases that are removed', async () => {
    await installTemplate(stack, scoring(), {}, { id: 'CHANGES' });
    const one = await team('CHANGES', 'one');
    const organiser = await stack.user('oscar');
    await giveRole(stack.services, 'operator', 'CHANGES', 'oscar', 'organiser');
    const before = await one.score(4);
    expect(before.phase).toBeUndefined();
    expect(await get('/workflows/CHANGES')).not.toHaveProperty('phases');
    expect(await get('/workflows/CHANGES/leaderboard')).not.toHaveProperty('phase');
    const added = await updateTemplate(
      stack.services,
      'CHANGES',
      scoring(),
      {},
      contestAt('test', { test: ', requires: dev' }),
    );
    expect(added.changes).toContain("Runs that were started before there were phases belong to phase 'dev'.");
    expect(await rows('CHANGES', '?phase=dev')).toEqual([['one', 4]]);
    // The run from before counts as one of the first phase.
    expect(await one.score(8)).toMatchObject({ phase: 'test' });
    expect(await rows('CHANGES')).toEqual([['one', 8]]);
    const renamed = await updateTemplate(
      stack.services,
      'CHANGES',
      scoring(),
      {},
      'contest: {phases: [{id: open, name: Open}]}\n',
    );
    expect(renamed.changes).toEqual([
      "Runs that were started before there were phases now belong to phase 'open'.",
      "Phase 'dev' is removed; its runs stay on its leaderboard, which organisers read with '?phase=dev'.",
      "Phase 'test' is removed; its runs stay on its leaderboard, which organisers read with '?phase=test'.",
      "Phase 'open' is new: open from the beginning, does not close.",
    ]);
    expect(await rows('CHANGES')).toEqual([['one', 4]]);
    expect(await rows('CHANGES', '?phase=test', organiser.token)).toEqual([['one', 8]]);
    await updateTemplate(stack.services, 'CHANGES', scoring(), {}, '');
    expect(await rows('CHANGES')).toEqual([['one', 4]]);
    expect(await rows('CHANGES', '?phase=test', organiser.token)).toEqual([['one', 8]]);
    await updateTemplate(stack.services, 'CHANGES', scoring(), {}, contestAt('dev'));
    expect(await rows('CHANGES', '?phase=test', organiser.token)).toEqual([['one', 8]]);
    expect(await rows('CHANGES')).toEqual([['one', 4]]);
  });

  it('lets groups choose runs of the phase that is open', async () => {
    const more = '  ranking: {entry: chosen, chosen: 1}\n';
    await installTemplate(stack, scoring(), {}, { id: 'CHOSEN' }, contestAt('dev', { more }));
    const one = await team('CHOSEN', 'one');
    const [low, high] = [await one.score(1), await one.score(2)];
    const choose = (runs: readonly string[]) =>
      stack.request('PUT', `/groups/${one.group}/chosen`, { token: one.token, body: { runs } });
    expect((await choose([low.id])).json).toEqual({ runs: [low.id], most: 1, automatic: false });
    await updateTemplate(stack.services, 'CHOSEN', scoring(), {}, contestAt('test', { more }));
    expect((await get(`/groups/${one.group}/chosen`, one.token)).automatic).toBe(true);
    expect((await choose([high.id])).json.code).toBe('contest.chosen');
    const final = [await one.score(5), await one.score(6)];
    expect((await choose([final[0].id])).status).toBe(200);
    expect(await rows('CHOSEN')).toEqual([['one', 5]]);
    expect(await rows('CHOSEN', '?phase=dev')).toEqual([['one', 1]]);
    await updateTemplate(stack.services, 'CHOSEN', scoring(), {}, contestAt('after', { more }));
    expect((await choose([final[1].id])).json.code).toBe('contest.phase');
    expect((await get(`/groups/${one.group}/chosen`, one.token)).runs).toEqual([final[0].id]);
    expect(await rows('CHOSEN')).toEqual([['one', 5]]);
  });
});
