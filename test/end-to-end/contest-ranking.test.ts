import { beforeAll, describe, expect, it } from 'vitest';
import { findGroup } from '../../shared/groups/group.ts';
import { readRanks } from '../../shared/ranking/ranks.ts';
import { keys } from '../../shared/store/keys.ts';
import { reply } from './contest-requests.ts';
import { ALL_RESULTS, installTemplate, oneStep, resultText, start } from './install-template.ts';
import { poll } from './running-stack.ts';
import { useStack } from './stack-fixture.ts';

const stack = useStack({ check: 'consistency' });

const COLUMNS = `parameters: [{name: score, dtype: float}]
results:
  file: result.json
  schema:
    - {name: score, label: Score, dtype: float, unit: points}
    - {name: note, label: Note, dtype: string, required: false}
`;
const install = (id: string, settings: string, more = '') =>
  installTemplate(
    stack,
    oneStep([`printf '{"score": %s}' "$[[score]]" > result.json`], COLUMNS + more, ['result.json']),
    {},
    { id },
    settings,
  );
const leaderboard = async (id: string, query = '') =>
  (await stack.request('GET', `/workflows/${id}/leaderboard${query}`)).json;
const rows = async (id: string, query = ''): Promise<unknown[]> =>
  (await leaderboard(id, query)).ranking.map(
    ({ group, results, rank }: { group: { name: string }; results: { value: number }[]; rank?: number }) =>
      rank === undefined ? [group.name, results[0]?.value] : [rank, group.name, results[0]?.value],
  );
/** A user with a group in the workflow. */
const team = async (id: string, name: string) => {
  const { token } = await stack.user(`${name} of ${id}`);
  const group = await stack.group(id, token, name);
  return {
    token,
    group,
    score: async (score: number): Promise<string> => {
      const { json } = await start(stack, group, token, { score });
      expect((await stack.ended(json.id, token)).state).toBe('SUCCESS');
      return json.id;
    },
    choose: (runs: readonly unknown[]) =>
      stack.request('PUT', `/groups/${group}/chosen`, { token, body: { runs } }),
    chosen: async () => (await stack.request('GET', `/groups/${group}/chosen`, { token })).json,
  };
};

describe('the ranking of a contest', () => {
  it('shows the latest run of each group, in any order of columns', async () => {
    await install('LATEST', 'contest: {ranking: {entry: latest, decimals: {score: 1}}}\n');
    const [one, two] = [await team('LATEST', 'one'), await team('LATEST', 'two')];
    for (const score of [9, 2.26]) await one.score(score);
    for (const score of [1, 3]) await two.score(score);
    expect(await rows('LATEST')).toEqual([
      [1, 'two', 3],
      [2, 'one', 2.26],
    ]);
    expect(await rows('LATEST', '?orderBy=score:asc')).toEqual([
      [1, 'one', 2.26],
      [2, 'two', 3],
    ]);
    expect(await rows('LATEST', '?includeAll')).toHaveLength(4);
    expect((await leaderboard('LATEST')).schema).toEqual([
      { name: 'score', label: 'Score', dtype: 'float', unit: 'points', decimals: 1, direction: 'desc' },
      { name: 'note', label: 'Note', dtype: 'string' },
    ]);
  });

  it('gives equal results the same rank, on every page', async () => {
    await install('TIES', 'contest: {ranking: {ties: shared}}\n');
    for (const [name, score] of [
      ['a', 3],
      ['b', 2],
      ['c', 2],
      ['d', 1],
    ] as const) {
      await (await team('TIES', name)).score(score);
    }
    const expected = [
      [1, 'a', 3],
      [2, 'b', 2],
      [2, 'c', 2],
      [4, 'd', 1],
    ];
    expect(await rows('TIES')).toEqual(expected);
    const [, , third] = (await leaderboard('TIES')).ranking;
    await poll(async () => (await readRanks(stack.services, 'TIES')).ofRuns.get(third.run.id), 'no ranks');
    expect((await readRanks(stack.services, 'TIES')).ofRuns.get(third.run.id)).toBe(2);
    const first = await leaderboard('TIES', '?limit=2');
    expect(await rows('TIES', `?limit=2&cursor=${first.nextCursor}`)).toEqual(expected.slice(2));
  });

  it('sorts by mean ranks among the entries of the leaderboard', async () => {
    const columns = `parameters: [{name: a, dtype: float}, {name: b, dtype: float}]
results:
  file: result.json
  schema:
    - {name: a, label: A, dtype: float}
    - {name: b, label: B, dtype: float}
    - {name: total, label: Total, dtype: float, compute: {sum: [a, b]}}
    - {name: place, label: Place, dtype: float, compute: {meanRank: [a, b]}}
  orderBy: [{name: place, sortDesc: false}]
`;
    const command = `printf '{"a": %s, "b": %s, "place": 0}' "$[[a]]" "$[[b]]" > result.json`;
    await installTemplate(stack, oneStep([command], columns, ['result.json']), {}, { id: 'PLACES' });
    const points = {
      one: [
        [1, 9],
        [3, 1],
      ],
      two: [[2, 3]],
      three: [[1, 2]],
    } as const;
    for (const [name, runs] of Object.entries(points)) {
      const { group, token } = await team('PLACES', name);
      for (const [a, b] of runs)
        await stack.ended((await start(stack, group, token, { a, b })).json.id, token);
    }
    const shown = async (query = '') =>
      (await leaderboard('PLACES', query)).ranking.map(
        ({ group, results }: { group: { name: string }; results: { value: number }[] }) => [
          group.name,
          ...results.map(({ value }) => value),
        ],
      );
    // The entry of a group is its best run by a, then by b; the ranks are those among the entries.
    expect(await shown()).toEqual([
      ['two', 2, 3, 5, 1.5],
      ['one', 3, 1, 4, 2],
      ['three', 1, 2, 3, 2.5],
    ]);
    expect(await shown('?includeAll')).toHaveLength(4);
    expect((await shown('?orderBy=total:desc'))[0]).toEqual(['one', 1, 9, 10, 1.5]);
  });

  it('is as before without a contest', async () => {
    await install('PLAIN', '');
    const plain = await team('PLAIN', 'plain');
    for (const score of [2, 1]) await plain.score(score);
    const { ranking, schema } = await leaderboard('PLAIN');
    expect(Object.keys(ranking[0])).toEqual(['run', 'group', 'results']);
    expect(schema[1]).toEqual({ name: 'note', label: 'Note', dtype: 'string' });
    expect(await rows('PLAIN')).toEqual([['plain', 2]]);
    expect(reply(await plain.choose([]))).toEqual([
      400,
      'contest.chosen',
      'the ranking of this benchmark has no chosen runs',
    ]);
    expect(await plain.chosen()).toEqual({ runs: [], most: 0, automatic: true });
  });
});

describe('chosen runs', () => {
  let own: Awaited<ReturnType<typeof team>>;
  let other: Awaited<ReturnType<typeof team>>;
  let runs: string[];
  beforeAll(async () => {
    await install('CHOSEN', 'contest: {ranking: {entry: chosen, chosen: 2}}\n', ALL_RESULTS);
    [own, other] = [await team('CHOSEN', 'own'), await team('CHOSEN', 'other')];
    runs = [];
    for (const score of [1, 5, 3]) runs.push(await own.score(score));
    await other.score(4);
  });

  it('are all runs until the group chooses, then the best of those that it chose', async () => {
    const [one, five, three] = runs as [string, string, string];
    expect(await own.chosen()).toEqual({ runs: [], most: 2, automatic: true });
    expect(await rows('CHOSEN')).toEqual([
      [1, 'own', 5],
      [2, 'other', 4],
    ]);
    const chosen = await own.choose([one, three, one]);
    expect([chosen.status, chosen.json]).toEqual([200, { runs: [one, three], most: 2, automatic: false }]);
    expect(await rows('CHOSEN')).toEqual([
      [1, 'other', 4],
      [2, 'own', 3],
    ]);
    expect(await rows('CHOSEN', '?orderBy=score:asc')).toEqual([
      [1, 'own', 1],
      [2, 'other', 4],
    ]);
    expect(await rows('CHOSEN', '?includeAll')).toHaveLength(4);
    // Post-processing gets the runs of the leaderboard.
    await poll(async () => {
      const handle = await stack.postproc('CHOSEN', ({ state }) => state === 'SUCCESS');
      const text = await resultText(stack, handle, 'all.txt');
      return text.includes('"score": 3') && text.includes('"score": 4') && !text.includes('5')
        ? true
        : undefined;
    }, 'post-processing did not get the chosen runs');
    await stack.request('DELETE', `/runs/${three}`, { token: own.token });
    expect(await own.chosen()).toEqual({ runs: [one], most: 2, automatic: false });
    await stack.request('DELETE', `/runs/${one}`, { token: own.token });
    expect(await own.chosen()).toEqual({ runs: [], most: 2, automatic: true });
    expect((await rows('CHOSEN'))[0]).toEqual([1, 'own', 5]);
    await own.choose([five]);
    expect((await own.choose([])).json).toEqual({ runs: [], most: 2, automatic: true });
  });

  it('are ranked runs of the group, at most as many as the benchmark permits', async () => {
    const five = runs[1] as string;
    const theirs = (await leaderboard('CHOSEN', '?includeAll')).ranking.find(
      ({ group }: { group: { name: string } }) => group.name === 'other',
    ).run.id;
    expect(reply(await own.choose([theirs]))).toEqual([404, 'run.unknown', `unknown run '${theirs}'`]);
    expect(reply(await own.choose(['none']))).toEqual([404, 'run.unknown', "unknown run 'none'"]);
    expect(reply(await own.choose([five, theirs, 'x']))).toEqual([
      400,
      'contest.chosen',
      'a group chooses at most 2 runs',
    ]);
    const failed = await start(stack, own.group, own.token, { score: 'nan' });
    if (failed.status === 201) {
      await stack.ended(failed.json.id, own.token);
      expect((await own.choose([failed.json.id])).json.code).toBe('contest.chosen');
    }
    for (const body of [
      {},
      { runs: 'x' },
      { runs: [1] },
      { runs: Array(101).fill('x') },
      { runs: [], more: 1 },
    ]) {
      const { status } = await stack.request('PUT', `/groups/${own.group}/chosen`, {
        token: own.token,
        body,
      });
      expect(status).toBe(400);
    }
    const stranger = await stack.request('PUT', `/groups/${own.group}/chosen`, {
      token: other.token,
      body: { runs: [five] },
    });
    expect(stranger.status).toBe(403);
    expect(await own.chosen()).toEqual({ runs: [], most: 2, automatic: true });
  });

  it('are those of one request, of several at the same time', async () => {
    const more = [await own.score(6), await own.score(7)];
    const all = [runs[1] as string, ...more];
    const choices = all.flatMap((first) => all.map((second) => [first, second]));
    const replies = await Promise.all(choices.map((choice) => own.choose(choice)));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    const { runs: chosen } = await own.chosen();
    expect(replies.map(({ json }) => json.runs)).toContainEqual(chosen);
    const results = await stack.services.table.list(keys.results('CHOSEN'));
    const marked = results.filter((item) => item.chosen === true).map(({ runId }) => runId);
    expect(marked.sort()).toEqual([...chosen].sort());
  });

  it('can be changed a limited number of times per day', async () => {
    const { token, group, score, choose } = await team('CHOSEN', 'restless');
    const run = await score(1);
    const today = new Date().toISOString().slice(0, 10);
    const { used } = await stack.services.table.update(keys.groupUse(group, `choices#${today}`), {
      set: { v: 1, unit: 'choices', window: today },
      add: { used: 99 },
    });
    expect(used).toBe(99);
    expect((await choose([run])).status).toBe(200);
    expect((await choose([run])).status).toBe(200);
    const last = await choose([]);
    expect([last.status, last.json.code]).toEqual([429, 'contest.choices']);
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
    await stack.request('PUT', `/groups/${group}`, { token, body: { name: 'renamed' } });
    expect((await findGroup(stack.services, group)).chosen).toEqual([run]);
  });
});
