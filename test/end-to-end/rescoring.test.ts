import { describe, expect, it } from 'vitest';
import { dispatch } from '../../shared/runs/dispatch.ts';
import { removeRun } from '../../shared/runs/remove.ts';
import { findRun } from '../../shared/runs/run.ts';
import { reply } from './contest-requests.ts';
import { ALL_RESULTS, fileArgument, installTemplate, oneStep } from './install-template.ts';
import { updateTemplate } from './new-version.ts';
import { contestAt } from './phase-requests.ts';
import { whileFull } from './played-run.ts';
import { rescoreRequests, scoring } from './rescore-requests.ts';
import { poll } from './running-stack.ts';
import { useStack } from './stack-fixture.ts';

const stack = useStack({ env: { FLOWSERV_CAPACITY: '4' }, check: 'consistency' });
const { get, rows, scores, values, organiserOf, team } = rescoreRequests(stack);

describe('scoring again', () => {
  it('ranks all runs by the fixed scorer, links old and new ones, and keeps the old', async () => {
    const id = await installTemplate(
      stack,
      scoring(-1, 'score', ALL_RESULTS),
      {},
      { id: 'FIX' },
      'contest: {limits: {runsPerDay: 3}}\n',
    );
    const organiser = await organiserOf(id);
    const [one, two] = [await team(id, 'one'), await team(id, 'two')];
    const before = [await one.submit({ number: 3 }), await one.submit({ number: 5 })];
    const other = await two.submit({ number: 4 });
    expect(await scores(id)).toEqual([
      ['one', -3],
      ['two', -4],
    ]);
    await updateTemplate(
      stack.services,
      id,
      scoring(1, 'score', ALL_RESULTS),
      {},
      'contest: {limits: {runsPerDay: 3}}\n',
    );
    const limits = await get(`/groups/${one.group}/limits`, one.token);
    const done = await organiser.rescore({ ranked: true });
    expect(done).toMatchObject({ state: 'done', scope: 'ranked', total: 3, done: 3, failed: 0, active: 0 });
    // Computed from the submissions alone.
    expect(await scores(id, '?includeAll')).toEqual([
      ['one', 5],
      ['two', 4],
      ['one', 3],
    ]);
    const old = await one.handle(before[1] ?? '');
    const by = done.runs.find(({ id: run }: { id: string }) => run === old.id).rescoredBy;
    expect(old).toMatchObject({
      state: 'SUCCESS',
      results: [{ name: 'score', value: -5 }],
      rescoredBy: by,
      replacedBy: by,
      notRanked: `replaced by run ${by}`,
    });
    expect(old.files).toHaveLength(1);
    const fresh = await poll(async () => {
      const found = await one.handle(by);
      return found.rank === undefined ? undefined : found;
    }, 'the new ranking was not published');
    expect(fresh).toMatchObject({
      state: 'SUCCESS',
      rank: 1,
      versionNumber: 2,
      rescoredFrom: old.id,
      submittedAt: old.createdAt,
      arguments: old.arguments,
      results: [{ name: 'score', value: 5 }],
    });
    const listed = (await get(`/groups/${one.group}/runs`, one.token)).runs;
    expect(listed.find(({ id: run }: { id: string }) => run === old.id)).toMatchObject({ replacedBy: by });
    expect(await get(`/groups/${one.group}/limits`, one.token)).toEqual(limits);
    // Nothing is left to do for a repetition.
    expect(await organiser.rescore({ ranked: true })).toMatchObject({ total: 0 });
    expect(await organiser.rescore({ all: true })).toMatchObject({ total: 0 });
    const audited = (await get(`/workflows/${id}/audit`, organiser.token)).entries;
    expect(audited).toContainEqual(
      expect.objectContaining({
        action: 'runs.rescore',
        object: { type: 'rescore', id: '1' },
        detail: 'ranked runs',
      }),
    );
    expect(await two.handle(other)).toMatchObject({ notRanked: expect.stringContaining('replaced') });
    const { postproc } = await poll(async () => {
      const found = await get(`/workflows/${id}/leaderboard`);
      return found.postproc?.state === 'SUCCESS' ? found : undefined;
    }, 'post-processing did not end');
    expect(postproc.files).toHaveLength(1);
    expect(await get(`/workflows/${id}/rescores`, organiser.token)).toMatchObject({
      rescores: [{ id: '3' }, { id: '2' }, { id: '1' }],
    });
  });

  it('keeps the result of a run that cannot be scored again, with the reason', async () => {
    const parameters = `parameters:
  - {name: number, dtype: int}
  - {name: data, dtype: file, target: data.txt, required: false}
results: {file: result.json, schema: [{name: score, label: Score, dtype: float}]}
`;
    const steps = (command: string) =>
      oneStep([command, `printf '{"score": %s}' "$[[number]]" > result.json`], parameters, ['result.json']);
    const id = await installTemplate(stack, steps('true'), {}, { id: 'KEEP' });
    const organiser = await organiserOf(id);
    const one = await team(id, 'one');
    const data = await fileArgument(stack, one.group, one.token, 'x');
    const withFile = await one.submit({ number: 7, data });
    const failing = await one.submit({ number: 6 });
    const gone = await one.submit({ number: 5 });
    const fine = await one.submit({ number: 4 });
    await updateTemplate(stack.services, id, steps('test "$[[number]]" != 6'));
    const fileId = data.value.fileId;
    await stack.request('DELETE', `/uploads/${one.group}/files/${fileId}`, { token: one.token });
    const outcome = await whileFull(stack, async () => {
      const { json } = await organiser.create({ runs: [withFile, failing, gone, fine] });
      await poll(async () => {
        const found = await get(`/workflows/${id}/rescores/${json.id}`, organiser.token);
        return found.active === 3 ? found : undefined;
      }, 'the runs were not started');
      await stack.request('DELETE', `/runs/${gone}`, { token: one.token });
      return json;
    });
    await dispatch(stack.services);
    const done = await organiser.finished(outcome.id);
    expect(done).toMatchObject({ total: 4, done: 1, failed: 3 });
    const reasons = Object.fromEntries(
      done.runs.map(({ id: run, state, reason }: Record<string, string>) => [run, [state, reason]]),
    );
    expect(reasons).toEqual({
      [withFile]: ['failed', `unknown file '${fileId}'`],
      [failing]: ['failed', expect.stringContaining('exit code 1')],
      [gone]: ['failed', 'the run was deleted'],
      [fine]: ['done', undefined],
    });
    expect(await values(id)).toEqual([7, 6, 4]);
    const tried = await one.handle(failing);
    expect(tried).toMatchObject({ rescoredBy: expect.any(String) });
    expect(tried.replacedBy).toBeUndefined();
    expect(await one.handle(tried.rescoredBy)).toMatchObject({
      state: 'ERROR',
      rescoredFrom: failing,
    });
    // Those that failed, and only those, are tried again.
    expect(await organiser.rescore({ all: true })).toMatchObject({ total: 2, failed: 2 });
    const { runs } = await get(`/workflows/${id}/rescores/${outcome.id}`, organiser.token);
    const replaced = runs.find(({ id: run }: { id: string }) => run === fine).rescoredBy;
    expect(reply(await organiser.create({ runs: [fine] }))).toEqual([
      400,
      'rescore.run',
      `run '${fine}' was replaced by run ${replaced}`,
    ]);
    expect(reply(await organiser.create({ runs: ['unknown'] }))).toEqual([
      404,
      'run.unknown',
      "unknown run 'unknown'",
    ]);
    expect(reply(await organiser.create({ ranked: true, all: true }))[1]).toBe('request.body');
    // The content of the deleted file stays as long as its run.
    await stack.request('DELETE', `/groups/${one.group}`, { token: one.token });
  });

  it('is not prevented by participants, and canceled by an organiser', async () => {
    const id = await installTemplate(stack, scoring(1), {}, { id: 'CANCEL' });
    const organiser = await organiserOf(id);
    const one = await team(id, 'one');
    const run = await one.submit({ number: 1 });
    await whileFull(stack, async () => {
      const request = (await organiser.create({ runs: [run] })).json.id;
      const by = await organiser.firstRun(request);
      const canceled = await stack.request('PUT', `/runs/${by}`, { token: one.token });
      expect(reply(canceled)).toEqual([403, 'auth.not-authorized', 'not authorized']);
      const found = await findRun(stack.services, by);
      const ended = removeRun(stack.services, { ...found, state: 'SUCCESS' });
      await expect(ended).rejects.toMatchObject({ code: 'run.active' });
      const path = `/workflows/${id}/rescores/${request}`;
      const answer = await stack.request('DELETE', path, { token: organiser.token });
      expect(answer.json).toMatchObject({ state: 'canceled' });
      expect(await organiser.finished(request)).toMatchObject({
        state: 'canceled',
        failed: 1,
        runs: [{ reason: 'the request to score runs again was canceled' }],
      });
      const again = await stack.request('DELETE', path, { token: organiser.token });
      expect(reply(again)).toEqual([400, 'rescore.finished', 'request 1 is finished']);
    });
    expect(await scores(id)).toEqual([['one', 1]]);
  });

  it('lets the choice of a group follow, and counts the date of the submission', async () => {
    const rule = (entry: string) => `contest: {ranking: {entry: ${entry}, chosen: 1}}\n`;
    const id = await installTemplate(stack, scoring(1), {}, { id: 'CHOSEN' }, rule('chosen'));
    const latest = await installTemplate(
      stack,
      scoring(1),
      {},
      { id: 'LATE' },
      'contest: {ranking: {entry: latest}}\n',
    );
    const [organiser, other] = [await organiserOf(id), await organiserOf(latest)];
    const [one, two] = [await team(id, 'one'), await team(latest, 'two')];
    const [low] = [await one.submit({ number: 1 }), await one.submit({ number: 9 })];
    const choose = (runs: string[]) =>
      stack.request('PUT', `/groups/${one.group}/chosen`, { token: one.token, body: { runs } });
    expect((await choose([low])).status).toBe(200);
    const first = await two.submit({ number: 9 });
    await two.submit({ number: 2 });
    await updateTemplate(stack.services, id, scoring(10), {}, rule('chosen'));
    await updateTemplate(stack.services, latest, scoring(10), {}, 'contest: {ranking: {entry: latest}}\n');
    const done = await organiser.rescore({ ranked: true });
    const by = done.runs.find(({ id: run }: { id: string }) => run === low).rescoredBy;
    expect(await rows(id)).toEqual([['one', 10, by]]);
    expect(await get(`/groups/${one.group}/chosen`, one.token)).toMatchObject({
      runs: [by],
      automatic: false,
    });
    // The earlier submission is scored last, and is still the earlier one.
    expect(await other.rescore({ runs: [first] })).toMatchObject({ done: 1 });
    expect(await scores(latest)).toEqual([['two', 2]]);
    expect(await other.rescore({ all: true })).toMatchObject({ total: 1, done: 1 });
    expect(await scores(latest)).toEqual([['two', 20]]);
  });

  it('keeps a run in its phase, which may be closed', async () => {
    const id = await installTemplate(stack, scoring(1), {}, { id: 'PHASES' }, contestAt('dev'));
    const organiser = await organiserOf(id);
    const one = await team(id, 'one');
    await one.submit({ number: 3 });
    await updateTemplate(stack.services, id, scoring(10), {}, contestAt('test'));
    await one.submit({ number: 1 });
    expect(await organiser.rescore({ ranked: true })).toMatchObject({ total: 1, done: 1 });
    expect(await scores(id, '?phase=dev')).toEqual([['one', 30]]);
    expect(await scores(id, '?phase=test')).toEqual([['one', 10]]);
  });

  it('fills a new leaderboard, and leaves the earlier one as it was', async () => {
    const id = await installTemplate(stack, scoring(1), {}, { id: 'SCHEMA' });
    const organiser = await organiserOf(id);
    // Parameters above 100 kB are an object of the group.
    const own = { dtype: 'string', required: false, label: 'x'.repeat(400) };
    const parameters = Array.from({ length: 300 }, (_, index) => ({ ...own, name: `own${index}` }));
    const one = await team(id, 'one', { parameters });
    await one.submit({ number: 3, own7: 'y'.repeat(2000) });
    await one.submit({ number: 2000 }, 'ERROR');
    await updateTemplate(stack.services, id, scoring(10, 'points').replace('le 1000', 'le 5000'));
    expect(await organiser.rescore({ all: true })).toMatchObject({ total: 2, done: 2 });
    expect(await scores(id, '?includeAll')).toEqual([
      ['one', 20000],
      ['one', 30],
    ]);
    expect(await scores(id, '?version=1&includeAll')).toEqual([['one', 3]]);
  });
});
