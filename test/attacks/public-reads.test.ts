import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../shared/ids.ts';
import { markDirty } from '../../shared/workflows/leaderboard-state.ts';
import { writeResults } from '../bench/ranked-runs.ts';
import { fileArgument, installTemplate, oneStep, start } from '../end-to-end/install-template.ts';
import { updateTemplate } from '../end-to-end/new-version.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

const RESULTS = `results:
  file: result.json
  schema:
    - {name: score, label: Score, dtype: float}
    - {name: errors, label: Errors, dtype: int}
`;
const GROUPS = 5;
/** Runs per transaction of 100 writes, one of which marks the leaderboard. */
const BATCH = 99;
/** Number of results, which is more than a request ranks itself. */
const LARGE = 2100;

describe('a public leaderboard', () => {
  /** The requests of the API's calls, one text each. */
  let asked: string[] = [];
  const stack = useStack({
    env: { FLOWSERV_READ_ACCESS: 'public' },
    onCall({ caller, service, operation, input }) {
      if (caller === 'api') asked.push(`${service} ${operation} ${JSON.stringify(input)}`);
    },
  });
  let alice: { id: string; token: string };
  let bob: { id: string; token: string };
  const groups: string[] = [];
  beforeAll(async () => {
    [alice, bob] = [await stack.user('alice'), await stack.user('bob')];
    const parameters = 'parameters:\n  - {name: x, dtype: file, target: data/x.txt}\n';
    await installTemplate(stack, oneStep(['cat "$[[x]]"'], parameters + RESULTS), {}, { id: 'W' });
    for (let number = 0; number < GROUPS; number += 1) {
      groups.push(await stack.group('W', alice.token, `Group ${number}`));
    }
  });

  const QUERIES = ['', '?includeAll=true', '?orderBy=errors:asc', '?orderBy=errors,score:asc&includeAll'];

  /** The calls of a leaderboard request, for each query: items of results, items of groups, all calls. */
  const readLeaderboards = async () => {
    const costs = [];
    for (const query of QUERIES) {
      // The function caches immutable data from its first call on.
      for (let time = 1; time <= 2; time += 1) {
        asked = [];
        const { status, json } = await stack.request('GET', `/workflows/W/leaderboard${query}`);
        expect(status).toBe(200);
        expect(json.ranking.length).toBeGreaterThanOrEqual(GROUPS);
        expect(json.ranking[0].group.name).toMatch(/^Group \d$/);
      }
      const results = asked.filter((call) => call.includes('RESULTS#')).length;
      const whole = asked.filter((call) =>
        groups.some((id) => call.includes(`"GROUP#${id}"},"sk":{"S":"META"`)),
      );
      costs.push({ query, results, whole: whole.length, calls: asked.length });
    }
    return costs;
  };

  const build = async () => {
    await stack.services.messages.leaderboardDirty('W');
    await stack.published('W');
  };

  it('has the same read cost for each sort order and any number of results', async () => {
    const { services } = stack;
    await writeResults(services, 'W', groups, 0, BATCH);
    const dirty = await readLeaderboards();
    expect(dirty.map(({ whole }) => whole)).toEqual([0, 0, 0, 0]);
    await build();
    const few = await readLeaderboards();
    for (let first = BATCH; first < LARGE; first += BATCH) {
      await writeResults(services, 'W', groups, first, Math.min(BATCH, LARGE - first));
    }
    await build();
    const many = await readLeaderboards();
    expect(many).toEqual(few);
    for (const { results, whole, calls } of few) expect([results, whole, calls <= 4]).toEqual([0, 0, true]);
    // Until the leaderboard function runs, a large leaderboard is that of the snapshot.
    await services.table.transact([markDirty(services, 'W', { results: 0, trigger: 0 })]);
    expect(await readLeaderboards()).toEqual(few);
    await build();
  });

  it('contains no ids of uploads for callers who are not members', async () => {
    const group = groups[0] ?? '';
    const argument = await fileArgument(stack, group, alice.token, 'mine');
    const { fileId } = argument.value;
    const { json: started } = await start(stack, group, alice.token, { x: argument });
    await stack.ended(started.id, alice.token);

    const seen = async (token?: string) => {
      const paths = [
        ...[`/groups/${group}`, `/groups/${group}/runs`, `/runs/${started.id}`, `/uploads/${group}/files`],
        ...['/workflows/W', '/workflows/W/leaderboard?includeAll=true', '/workflows/W/groups'],
      ];
      const texts = await Promise.all(paths.map((path) => stack.request('GET', path, { token })));
      return texts.filter(({ text }) => text.includes(fileId)).length;
    };
    expect([await seen(), await seen(bob.token), await seen(alice.token)]).toEqual([0, 0, 3]);

    const handle = await stack.request('GET', `/groups/${group}`, { token: bob.token });
    expect([handle.status, handle.json.name, handle.json.files]).toEqual([200, 'Group 0', []]);
    expect((await stack.request('GET', `/uploads/${group}/files/${newId()}`)).status).toBe(404);
  });

  it('reads the results of a large earlier leaderboard once a minute, for any number of requests', async () => {
    const { services } = stack;
    await installTemplate(stack, oneStep(['true'], RESULTS), {}, { id: 'OLD' });
    const of = [await stack.group('OLD', alice.token, 'Old')];
    for (let first = 0; first < LARGE; first += BATCH) {
      await writeResults(services, 'OLD', of, first, Math.min(BATCH, LARGE - first));
    }
    await updateTemplate(services, 'OLD', oneStep(['true'], RESULTS.replace('errors', 'faults')));
    await stack.published('OLD');
    asked = [];
    for (let round = 0; round < 4; round += 1) {
      await services.table.transact([markDirty(services, 'OLD', { results: 0, trigger: 0 })]);
      const orders = ['', '&orderBy=errors:asc', '&includeAll=true'];
      const replies = await Promise.all(
        orders.map((order) => stack.request('GET', `/workflows/OLD/leaderboard?version=1${order}`)),
      );
      expect(replies.map(({ status, json }) => [status, json.ranking.length > 0])).toEqual(
        orders.map(() => [200, true]),
      );
    }
    const readings = asked.filter(
      (call) => call.includes('Query') && call.includes('RESULTS#OLD') && !call.includes('ExclusiveStartKey'),
    );
    // Two if a minute ended meanwhile.
    expect([1, 2]).toContain(readings.length);
  });

  it('gives the archive of a run to its group only if the contest says who may see its results', async () => {
    const score = oneStep(['echo \'{"score": 4}\' > result.json'], RESULTS.replace(/.*errors.*\n/, ''), [
      'result.json',
    ]);
    const contests = {
      OPEN: ['', 200],
      LIMITED: ['contest: {limits: {runs: 9}}\n', 200],
      MEMBERS: ['contest: {visibility: {leaderboard: members}}\n', 403],
      PHASE: ['contest: {phases: [{id: test, leaderboard: members}]}\n', 403],
      OWN: ['contest: {visibility: {outputs: own}}\n', 403],
      OVER: ["contest: {visibility: {outputs: own, until: '2020-01-01T00:00Z'}}\n", 200],
    } as const;
    for (const [id, [settings, status]] of Object.entries(contests)) {
      await installTemplate(stack, score, {}, { id }, settings);
      const group = await stack.group(id, alice.token, 'Mine');
      await stack.group(id, bob.token, 'Another');
      const { json: run } = await start(stack, group, alice.token, {});
      await stack.ended(run.id, alice.token);
      const archive = async (token?: string) =>
        (await stack.request('GET', `/runs/${run.id}/downloads/archive`, { token })).status;
      const got = async (token?: string) => ((await archive(token)) === 202 ? 200 : archive(token));
      expect([id, await got()]).toEqual([id, status]);
      expect([id, await got(bob.token)]).toEqual([id, status === 200 ? 200 : 403]);
      expect([id, await got(alice.token)]).toEqual([id, 200]);
    }
  });
});
