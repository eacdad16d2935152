import { beforeAll, describe, expect, it } from 'vitest';
import { fileArgument, installTemplate, oneStep, start } from './install-template.ts';
import { useStack } from './stack-fixture.ts';

/** From a run's result file to the leaderboard, over HTTP. The step copies its input file to the result. */
const template = oneStep(
  ['cp data/given.json result.json 2>/dev/null || true'],
  `parameters:
  - {name: given, dtype: file, target: data/given.json, isRequired: false}
results:
  file: result.json
  schema:
    - {name: score, label: Score, dtype: float, path: values/score}
    - {name: count, label: Count, dtype: int, required: false}
    - {name: note, label: Note, dtype: string, required: false}
`,
  ['result.json'],
);

const stack = useStack({ check: 'consistency' });
let alice: { id: string; token: string };
let number = 0;

beforeAll(async () => {
  alice = await stack.user('alice');
});

async function workflow(): Promise<string> {
  number += 1;
  return installTemplate(stack, template, {}, { id: `W${number}` });
}

async function leaderboard(id: string, query = '') {
  return stack.request('GET', `/workflows/${id}/leaderboard${query}`);
}

async function ranked(id: string, query = ''): Promise<string[]> {
  return (await leaderboard(id, query)).json.ranking.map((entry: { run: { id: string } }) => entry.run.id);
}

/** Starts a run with this text as the result file; undefined for a missing file. */
async function run(group: string, text: string | undefined): Promise<string> {
  const given = text === undefined ? {} : { given: await fileArgument(stack, group, alice.token, text) };
  const { json } = await start(stack, group, alice.token, given);
  const ended = await stack.ended(json.id, alice.token);
  expect(ended).toMatchObject({ state: 'SUCCESS' });
  return json.id;
}

const score = (value: number, more: object = {}) => JSON.stringify({ values: { score: value }, ...more });

describe('the leaderboard', () => {
  it('K1, K14, K20: is empty before the first run, and then lists it with the schema', async () => {
    const id = await workflow();
    const schema = [
      { name: 'score', label: 'Score', dtype: 'float' },
      { name: 'count', label: 'Count', dtype: 'int' },
      { name: 'note', label: 'Note', dtype: 'string' },
    ];
    expect((await leaderboard(id)).json).toEqual({ schema, ranking: [] });
    const group = await stack.group(id, alice.token, 'Group');
    const runId = await run(group, score(2.5, { count: 3, note: 'fine' }));
    const handle = (await stack.request('GET', `/runs/${runId}`, { token: alice.token })).json;
    const { createdAt, startedAt, finishedAt } = handle;
    expect((await leaderboard(id)).json).toEqual({
      schema,
      ranking: [
        {
          run: { id: runId, createdAt, startedAt, finishedAt },
          group: { id: group, name: 'Group' },
          results: [
            { name: 'score', value: 2.5 },
            { name: 'count', value: 3 },
            { name: 'note', value: 'fine' },
          ],
        },
      ],
    });
    // Clients show these as the execution time.
    expect(Date.parse(finishedAt) - Date.parse(startedAt)).toBeGreaterThan(0);
  });

  it('K6, K7, K18: has values from nested mappings, and null for missing optional values', async () => {
    const id = await workflow();
    await run(await stack.group(id, alice.token, 'Group'), score(1));
    expect((await leaderboard(id)).json.ranking[0].results).toEqual([
      { name: 'score', value: 1 },
      { name: 'count', value: null },
      { name: 'note', value: null },
    ]);
  });

  it('K8: omits a successful run whose result is missing, unreadable or incomplete', async () => {
    const id = await workflow();
    const group = await stack.group(id, alice.token, 'Group');
    const texts = [
      undefined,
      '',
      '{',
      '[]',
      '3',
      '{"values": {}}',
      '{"score": 1}',
      score(1, { count: 'many' }),
    ];
    await Promise.all(texts.map((text) => run(group, text)));
    expect((await leaderboard(id, '?includeAll')).json.ranking).toEqual([]);
  });

  it('ranks runs with any numbers and texts in their results', async () => {
    const id = await workflow();
    const group = await stack.group(id, alice.token, 'Group');
    const scores = ['1e300', '-1e300', '1e-200', '9007199254740993', '0.1', '-0.0'];
    const texts = [
      ...scores.map((text) => `{"values": {"score": ${text}}}`),
      '{"values": {"score": NaN}}',
      '{"values": {"score": 1e999}}',
      '{"values": {"score": 5}, "note": "half \\ud800 a pair"}',
      `{"values": {"score": 6}, "count": ${'9'.repeat(400)}}`,
      `{"values": {"score": 7}, "note": "${'x'.repeat(20_000)}"}`,
      `${'['.repeat(5000)}${']'.repeat(5000)}`,
    ];
    await Promise.all(texts.map((text) => run(group, text)));
    const { json } = await leaderboard(id, '?includeAll&orderBy=score:desc');
    const values = json.ranking.map(({ results }: { results: { value: unknown }[] }) => results[0]?.value);
    // The count of 400 digits is too large for a number, but optional; NaN and infinite scores are not ranked.
    expect(values).toEqual([1e300, 9007199254740992, 6, 5, 0.1, 1e-200, 0, -1e300]);
  });

  it('K15, K16, K17: is sorted as requested in the query', async () => {
    const id = await workflow();
    const group = await stack.group(id, alice.token, 'Group');
    const first = await run(group, score(1, { count: 2, note: 'b' }));
    const second = await run(group, score(2, { count: 2, note: 'a' }));
    expect(await ranked(id)).toEqual([second]);
    expect(await ranked(id, '?orderBy=&includeAll=False')).toEqual([second]);
    expect(await ranked(id, '?includeAll')).toEqual([second, first]);
    expect(await ranked(id, '?includeAll=true')).toEqual([second, first]);
    expect(await ranked(id, '?includeAll=TRUE&orderBy=count:asc,note:desc,score')).toEqual([first, second]);
    expect(await ranked(id, '?includeAll&orderBy=count,score:ASC')).toEqual([first, second]);
    expect(await ranked(id, '?orderBy=score:asc')).toEqual([first]);
    for (const query of ['?orderBy=unknown:asc', '?orderBy=score,unknown', '?orderBy=__proto__']) {
      const rejected = await leaderboard(id, query);
      expect([query, rejected.status]).toEqual([query, 400]);
      expect(rejected.json.message).toContain('invalid sort statement');
    }
  });

  it('K19: has neither schema nor ranking without a result schema', async () => {
    const id = await installTemplate(stack, oneStep(['true']), {}, { id: 'K19' });
    await run(await stack.group(id, alice.token, 'Group'), undefined);
    const reply = await leaderboard(id);
    expect([reply.status, reply.json]).toEqual([200, { schema: [], ranking: [] }]);
  });

  it('lists a run from SUCCESS until its deletion', async () => {
    const id = await workflow();
    const groups = [await stack.group(id, alice.token, 'A'), await stack.group(id, alice.token, 'B')];
    const runs: string[] = [];
    for (const [index, group] of groups.entries()) {
      runs.push(await run(group, score(index)));
      expect(await ranked(id)).toEqual([...runs].reverse());
    }
    const [first = '', second = ''] = runs;
    expect((await stack.request('DELETE', `/runs/${second}`, { token: alice.token })).status).toBe(204);
    expect(await ranked(id)).toEqual([first]);
    expect((await stack.request('DELETE', `/groups/${groups[0]}`, { token: alice.token })).status).toBe(204);
    expect(await ranked(id)).toEqual([]);
  });

  it('shows the new name of a renamed group', async () => {
    const id = await workflow();
    const group = await stack.group(id, alice.token, 'Before');
    await run(group, score(1));
    await stack.request('PUT', `/groups/${group}`, { token: alice.token, body: { name: 'After' } });
    expect((await leaderboard(id)).json.ranking[0].group.name).toBe('After');
  });
});
