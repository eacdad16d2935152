import { describe, expect, it } from 'vitest';
import { findObsoleteRuns } from '../../shared/maintenance/obsolete-runs.ts';
import { buildSnapshot } from '../../shared/ranking/leaderboard.ts';
import { checkPostproc } from '../../shared/ranking/postproc.ts';
import { rulesOf } from '../../shared/ranking/rules.ts';
import { pauseAdmission } from '../../shared/runs/capacity.ts';
import { removeRun } from '../../shared/runs/remove.ts';
import { findRun } from '../../shared/runs/run.ts';
import type { Services } from '../../shared/services/services.ts';
import { keys } from '../../shared/store/keys.ts';
import { readLeaderboardState } from '../../shared/workflows/leaderboard-state.ts';
import { readVersion, readVersions } from '../../shared/workflows/version.ts';
import { findWorkflow } from '../../shared/workflows/workflow.ts';
import { reply } from './contest-requests.ts';
import { ALL_RESULTS, installTemplate, oneStep, start } from './install-template.ts';
import { updateTemplate } from './new-version.ts';
import { poll } from './running-stack.ts';
import { useStack } from './stack-fixture.ts';

const stack = useStack({ check: 'consistency' });

/** A template whose result is the score times a power of ten, in this column. */
const scoring = (factor: 1 | 10 | 100, column = 'score', more = '') =>
  oneStep(
    [`printf '{"${column}": %s${String(factor).slice(1)}}' "$[[score]]" > result.json`],
    `parameters: [{name: score, dtype: int}]
results:
  file: result.json
  schema:
    - {name: ${column}, label: ${column}, dtype: float}
${more}`,
    ['result.json'],
  );

const get = (path: string, token?: string) => stack.request('GET', path, { token });
const rows = async (id: string, query = ''): Promise<unknown[]> =>
  (await get(`/workflows/${id}/leaderboard${query}`)).json.ranking.map(
    ({ group, results }: { group: { name: string }; results: { name: string; value: number }[] }) => [
      group.name,
      results[0]?.name,
      results[0]?.value,
    ],
  );
/** A user with a group in the workflow. */
const team = async (id: string, name: string) => {
  const { token } = await stack.user(`${name} of ${id}`);
  const group = await stack.group(id, token, name);
  const begin = async (score: number): Promise<string> =>
    (await start(stack, group, token, { score })).json.id;
  return {
    token,
    group,
    begin,
    ended: (run: string) => stack.ended(run, token),
    score: async (score: number) => {
      const run = await begin(score);
      await stack.ended(run, token);
      return (await get(`/runs/${run}`, token)).json;
    },
  };
};
const postprocOf = (id: string, runs: number, query = '') =>
  poll(async () => {
    const { postproc } = (await get(`/workflows/${id}/leaderboard${query}`)).json;
    if (postproc?.state !== 'SUCCESS') return undefined;
    const file = postproc.files[0].id;
    const download = await get(`/workflows/${id}/downloads/files/${file}${query}`);
    return download.status === 200 && download.text.split('{').length - 1 === runs
      ? download.text
      : undefined;
  }, 'post-processing did not end');

describe('a new version of a workflow', () => {
  it('is used by new runs, and ranks with the earlier ones while the result schema is equal', async () => {
    const id = await installTemplate(stack, scoring(1), {}, { id: 'SAME' });
    const one = await team(id, 'one');
    const first = await one.score(5);
    expect(await updateTemplate(stack.services, id, scoring(10))).toMatchObject({
      number: 2,
      isNewLeaderboard: false,
      changes: ['The steps of the workflow change.'],
    });
    const two = await team(id, 'two');
    const [second, third] = [await one.score(1), await two.score(2)];
    expect([first, second, third].map(({ versionNumber }) => versionNumber)).toEqual([1, 2, 2]);
    expect(await rows(id)).toEqual([
      ['two', 'score', 20],
      ['one', 'score', 10],
    ]);
    expect(await rows(id, '?version=1&includeAll')).toHaveLength(3);
    const { versions } = (await get(`/workflows/${id}/versions`)).json;
    expect(versions).toMatchObject([
      { number: 2, id: second.version, rankedSince: 1, isCurrent: true, changes: [expect.any(String)] },
      { number: 1, id: first.version, rankedSince: 1, isCurrent: false, changes: [] },
    ]);
    const runs = (await get(`/groups/${one.group}/runs`, one.token)).json.runs;
    expect(runs.map(({ versionNumber }: { versionNumber: number }) => versionNumber)).toEqual([1, 2]);
    const audited = await stack.services.table.list(keys.allAudited(id));
    expect(audited.map(({ action, detail }) => [action, detail])).toContainEqual([
      'workflow.version',
      'version 2',
    ]);
  });

  it('is not installed again if nothing differs, nor by a dry run', async () => {
    const id = await installTemplate(stack, scoring(1), { 'a.txt': 'a' }, { id: 'AGAIN' });
    const before = await stack.services.table.list({ pk: keys.workflow(id).pk, prefix: '' });
    expect((await updateTemplate(stack.services, id, scoring(1), { 'a.txt': 'a' })).changes).toEqual([]);
    const plan = await updateTemplate(stack.services, id, scoring(10), { 'a.txt': 'b' }, '', true);
    expect(plan).toMatchObject({
      changes: ['The steps of the workflow change.', 'Static files: 1 changed.'],
      files: ['Files changed: a.txt.'],
    });
    expect(await stack.services.table.list({ pk: keys.workflow(id).pk, prefix: '' })).toEqual(before);
    expect((await get(`/workflows/${id}/versions`)).json.versions).toHaveLength(1);
  });

  it('begins another leaderboard with another result schema, and a run of the version before joins only the earlier one', async () => {
    const { services } = stack;
    const id = await installTemplate(stack, scoring(1, 'score', ALL_RESULTS), {}, { id: 'NEXT' });
    const [one, two] = [await team(id, 'one'), await team(id, 'two')];
    const early = await one.score(3);
    await postprocOf(id, 1);
    await pauseAdmission(services, true);
    const waiting = await two.begin(100);
    const plan = await updateTemplate(services, id, scoring(10, 'points', ALL_RESULTS));
    expect(plan.isNewLeaderboard).toBe(true);
    expect(plan.changes.slice(0, 3)).toEqual([
      'The result schema changes: a new leaderboard begins.',
      "Column 'score' is removed.",
      "Column 'points' is new.",
    ]);
    expect(await rows(id)).toEqual([]);
    const empty = (await get(`/workflows/${id}/leaderboard`)).json;
    expect([empty.postproc, empty.schema[0].name]).toEqual([undefined, 'points']);
    await pauseAdmission(services, false);
    expect(await two.ended(waiting)).toMatchObject({ state: 'SUCCESS', versionNumber: 1 });
    await one.score(4);
    expect(await rows(id)).toEqual([['one', 'points', 40]]);
    expect(await postprocOf(id, 1)).toContain('40');
    const earlier = [
      ['two', 'score', 100],
      ['one', 'score', 3],
    ];
    expect(await rows(id, '?version=1')).toEqual(earlier);
    expect(await rows(id, '?version=1&orderBy=score:asc')).toEqual(earlier.toReversed());
    expect(await postprocOf(id, 1, '?version=1')).toContain('3');
    expect(await rows(id, '?version=2')).toEqual(await rows(id));
    expect(reply(await get(`/workflows/${id}/leaderboard?version=3`))).toEqual([
      404,
      'version.unknown',
      "unknown version '3'",
    ]);
    const shown = (await get(`/runs/${early.id}`, one.token)).json;
    expect([shown.results, shown.rank, shown.notRanked]).toEqual([
      [{ name: 'score', value: 3 }],
      undefined,
      'the result schema changed since: the run is on the leaderboard of version 1',
    ]);
    // What readers of the earlier leaderboard see is not obsolete.
    const obsolete = await Array.fromAsync(findObsoleteRuns(services, '9999'));
    expect(obsolete.map((run) => run.id)).not.toContain(early.id);
    await removeRun(services, await findRun(services, waiting));
    expect(await rows(id, '?version=1')).toEqual([['one', 'score', 3]]);
  });

  it('gets no snapshot and no post-processing that slow workers make by the version before', async () => {
    const { services } = stack;
    const id = await installTemplate(stack, scoring(1, 'score', ALL_RESULTS), {}, { id: 'SLOW' });
    await (await team(id, 'one')).score(3);
    await postprocOf(id, 1);
    const version = await readVersion(services, id, (await findWorkflow(services, id)).version);
    const state = await readLeaderboardState(services, id);
    await updateTemplate(services, id, scoring(10, 'points', ALL_RESULTS));
    // As if many changes had followed, so that nothing but the version tells that they are late.
    const late = { ...state, dirty: state.dirty + 50, trigger: state.trigger + 50, postprocSet: undefined };
    const ranking = await buildSnapshot(services, id, late, rulesOf(version));
    expect(ranking).toHaveLength(1);
    await checkPostproc(services, id, version, late, ranking);
    const current = await readLeaderboardState(services, id);
    expect([current.version, current.rankedSince, current.built < late.dirty]).toEqual([2, 2, true]);
    expect([current.postprocRunId, current.postprocActive]).toEqual([undefined, undefined]);
    expect(await rows(id)).toEqual([]);
  });

  it('leaves chosen runs of the earlier leaderboard as they were', async () => {
    const contest = 'contest: {ranking: {entry: chosen, chosen: 1}}\n';
    const id = await installTemplate(stack, scoring(1), {}, { id: 'CHOICE' }, contest);
    const one = await team(id, 'one');
    const choose = (run: string) =>
      stack.request('PUT', `/groups/${one.group}/chosen`, { token: one.token, body: { runs: [run] } });
    const [worse] = [await one.score(1), await one.score(2)];
    await choose(worse.id);
    const { changes } = await updateTemplate(stack.services, id, scoring(1, 'points'), {}, contest);
    expect(changes).toContain('Groups choose again; their choices stay on the earlier leaderboard.');
    expect((await get(`/groups/${one.group}/chosen`, one.token)).json.runs).toEqual([]);
    expect(reply(await choose(worse.id))[0]).toBe(400);
    const [, next] = [await one.score(9), await one.score(8)];
    expect((await choose(next.id)).json.runs).toEqual([next.id]);
    expect([await rows(id), await rows(id, '?version=1')]).toEqual([
      [['one', 'points', 8]],
      [['one', 'score', 1]],
    ]);
  });

  it('says what it means for parameters and limits, without the names of private files', async () => {
    const files = { 'truth.csv': { text: '1', access: 'private' as const } };
    const settings = 'contest: {limits: {runs: 5}}\n';
    const id = await installTemplate(stack, scoring(1), {}, { id: 'SAYS' }, settings);
    const more = scoring(1).replace('dtype: int}]', 'dtype: float}, {name: depth, dtype: int}]');
    await updateTemplate(stack.services, id, more, files, settings.replace('5', '2'));
    const { versions } = (await get(`/workflows/${id}/versions`)).json;
    expect(versions[0].changes).toEqual([
      "Parameter 'score' changes: dtype from int to float.",
      "Parameter 'depth' is new.",
      "Runs have to set the new parameter 'depth'.",
      "Limit 'runs' changes from 5 to 2; what groups used so far counts.",
      'Static files: 1 new.',
    ]);
  });
});

describe('an interrupted update', () => {
  /** Services that stop with an error at a write to the table or a bucket. */
  const dyingAt = (services: Services, write: number): Services => {
    let count = 0;
    const counted =
      <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
      (...args: A): Promise<R> => {
        count += 1;
        return count > write ? Promise.reject(new Error('killed')) : call(...args);
      };
    const { table, objects, messages } = services;
    return {
      ...services,
      table: { ...table, transact: counted(table.transact), remove: counted(table.remove) },
      objects: { ...objects, writeFile: counted(objects.writeFile), removeAll: counted(objects.removeAll) },
      messages: { ...messages, leaderboardDirty: counted(messages.leaderboardDirty) },
    };
  };

  it('leaves the version before in force, or the new one, and is repeated', async () => {
    const { services } = stack;
    const id = await installTemplate(stack, scoring(1), { 'a.txt': 'a' }, { id: 'CRASH' });
    const one = await team(id, 'one');
    await one.score(1);
    const inForce: number[] = [];
    for (let write = 0; write < 5; write += 1) {
      const dying = dyingAt(services, write);
      await updateTemplate(dying, id, scoring(10), { 'a.txt': 'b' }).catch(() => {});
      const { number } = await findWorkflow(services, id);
      inForce.push(number);
      expect((await one.score(1)).versionNumber).toBe(number);
    }
    // Before the transaction: nothing, the note, the file; after it, the message.
    expect(inForce).toEqual([1, 1, 1, 2, 2]);
    await updateTemplate(services, id, scoring(100), { 'a.txt': 'c' });
    expect((await one.score(1)).versionNumber).toBe(3);
    expect(await rows(id)).toEqual([['one', 'score', 100]]);
    expect(await services.table.list(keys.stagedVersions(id))).toEqual([]);
    expect(await readVersions(services, id)).toHaveLength(3);
  });

  it('succeeds only once if two are made at the same time', async () => {
    const { services } = stack;
    const id = await installTemplate(stack, scoring(1), {}, { id: 'TWICE' });
    const results = await Promise.allSettled(
      ([10, 100] as const).map((factor) => updateTemplate(services, id, scoring(factor))),
    );
    const failed = results.filter((result) => result.status === 'rejected');
    expect(failed.map(({ reason }) => reason.code)).toEqual(['workflow.version']);
    expect((await findWorkflow(services, id)).number).toBe(2);
    expect(await readVersions(services, id)).toHaveLength(2);
  });
});
