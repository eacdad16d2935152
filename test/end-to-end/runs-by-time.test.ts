import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runSorts } from '../../shared/api/run-sort.ts';
import { findGroup } from '../../shared/groups/group.ts';
import { newId, newSecret, timestamp } from '../../shared/ids.ts';
import { giveRole } from '../../shared/members/members.ts';
import { entryKey, entryWrite } from '../../shared/runs/life-cycle.ts';
import { continueListing, listAllRuns, requestListing } from '../../shared/runs/list-earlier.ts';
import { removeRun } from '../../shared/runs/remove.ts';
import { restoreRun } from '../../shared/runs/restore.ts';
import { type Run, runCodec } from '../../shared/runs/run.ts';
import type { RunState } from '../../shared/runs/state.ts';
import type { Services } from '../../shared/services/services.ts';
import { keys } from '../../shared/store/keys.ts';
import { findWorkflow } from '../../shared/workflows/workflow.ts';
import { fixture } from './running-stack.ts';
import { useStack } from './stack-fixture.ts';

/** The list of the runs of all groups, by their time. */
let calls = 0;
const stack = useStack({
  env: { FLOWSERV_KEEP_DELETED_DAYS: '7' },
  onCall({ caller, service }) {
    if (caller === 'api' && service === 'dynamodb') calls += 1;
  },
});
let alice: { id: string; token: string };
let token: string;
let groups: string[] = [];
let number = 0;
/** After the creation of the groups. */
const FIRST = Date.now() + 60_000;

beforeAll(async () => {
  alice = await stack.user('alice');
  token = (await stack.user('otto')).token;
  await stack.install(fixture('hello-world'), { id: 'HW' });
  await giveRole(stack.services, 'operator', 'HW', 'otto', 'organiser');
  const names = ['A', 'B', 'C'];
  groups = await Promise.all(names.map((name) => stack.group('HW', alice.token, name)));
});

/** Stores runs of the groups in turn, each a second after the one before; returns them, the newest first. */
async function store(count: number, state: RunState = 'CANCELED'): Promise<Run[]> {
  const { table } = stack.services;
  const { version } = await findWorkflow(stack.services, 'HW');
  const runs = Array.from({ length: count }, (): Run => {
    number += 1;
    const createdAt = timestamp(new Date(FIRST + number * 1000));
    const groupId = groups[(number * 7) % groups.length] ?? '';
    const rest = { id: newId(), workflowId: 'HW', version, machineArn: '', fileSecret: newSecret() };
    return { ...rest, groupId, state, createdAt, settled: true };
  });
  for (let first = 0; first < count; first += 40) {
    const some = runs.slice(first, first + 40);
    await table.transact(
      some.flatMap((run) => [table.write.put(runCodec.write(keys.run(run.id), run)), entryWrite(table, run)]),
    );
  }
  return runs.toReversed();
}

const get = (query = '') => stack.request('GET', `/workflows/HW/runs${query}`, { token });
const idsOf = (runs: readonly { readonly id: string }[]) => runs.map(({ id }) => id);

/** The ids of all pages of a list. */
async function allIds(query: string, limit: number): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor = ''; ; ) {
    const { status, json } = await get(`?limit=${limit}${query}${cursor}`);
    expect(status).toBe(200);
    expect(json.runs.length).toBeLessThanOrEqual(limit);
    ids.push(...idsOf(json.runs));
    if (json.nextCursor === undefined) return ids;
    cursor = `&cursor=${json.nextCursor}`;
  }
}

describe('the list of all runs of a workflow', () => {
  let runs: Run[];
  beforeAll(async () => {
    runs = [...(await store(20)), ...(await store(230, 'ERROR'))].toSorted((a, b) =>
      a.createdAt < b.createdAt ? 1 : -1,
    );
  });

  it('has the newest run first, whatever its group, or the oldest', async () => {
    const { json } = await get();
    expect(json.sort).toBe('newest');
    expect(idsOf(json.runs)).toEqual(idsOf(runs));
    expect(json.runs[0]).toMatchObject({ state: 'ERROR', group: { id: runs[0]?.groupId }, versionNumber: 1 });
    expect(await allIds('&sort=oldest', 1000)).toEqual(idsOf(runs.toReversed()));
  });

  it('has each run once on pages of any size, in every order', async () => {
    const byGroup = idsOf(runs.toSorted((a, b) => ((a.groupId ?? '') < (b.groupId ?? '') ? -1 : 1)));
    const expected = { newest: idsOf(runs), oldest: idsOf(runs.toReversed()) };
    for (const sort of runSorts) {
      for (const limit of [7, 100, 249, 250]) {
        const found = await allIds(`&sort=${sort}`, limit);
        if (sort === 'group') expect(found.toSorted()).toEqual(byGroup.toSorted());
        else expect(found).toEqual(expected[sort]);
      }
    }
  });

  it('is filtered by state, version, group and time', async () => {
    const old = runs.filter(({ state }) => state === 'CANCELED');
    expect(await allIds('&state=CANCELED', 6)).toEqual(idsOf(old));
    expect(await allIds('&state=CANCELED&sort=oldest', 1000)).toEqual(idsOf(old.toReversed()));
    const ofGroup = runs.filter(({ groupId }) => groupId === groups[1]);
    expect(await allIds(`&group=${groups[1]}`, 10)).toEqual(idsOf(ofGroup));
    expect(await allIds(`&group=${groups[1]}&sort=oldest`, 10)).toEqual(idsOf(ofGroup.toReversed()));
    const since = runs[40]?.createdAt ?? '';
    for (const sort of ['newest', 'oldest']) {
      const found = await allIds(`&sort=${sort}&since=${encodeURIComponent(since)}`, 13);
      expect(found.toSorted()).toEqual(idsOf(runs.slice(0, 41)).toSorted());
    }
    expect(await allIds('&version=1&state=RUNNING', 5)).toEqual([]);
    expect((await get('?version=2')).status).toBe(404);
  });

  it('rejects cursors that it did not make', async () => {
    const text = (position: string) => Buffer.from(position).toString('base64url');
    const wrong = [
      'x',
      text('~'),
      text('RUN#1'),
      text(`2026-01-01T00:00:00#${'a'.repeat(33)}`),
      `${text('2026')}=`,
    ];
    for (const cursor of wrong) expect((await get(`?cursor=${cursor}`)).status).toBe(400);
    const { nextCursor } = (await get('?limit=1')).json;
    expect((await get(`?sort=group&cursor=${nextCursor}`)).status).toBe(400);
  });

  it('is also exported as CSV in its order', async () => {
    const { text, headers } = await get('?format=csv&limit=3&sort=oldest');
    const lines = text.trimEnd().split('\r\n').slice(1);
    expect(lines.map((line) => line.split(',')[0])).toEqual(idsOf(runs.toReversed().slice(0, 3)));
    expect(headers.get('link')).toContain('sort=oldest');
  });

  it('leaves out deleted runs and those of deleted groups, until they are restored', async () => {
    const { services } = stack;
    const group = await stack.group('HW', alice.token, 'Gone');
    groups.push(group);
    const more = await store(4);
    groups.pop();
    const gone = more.find(({ groupId }) => groupId === group);
    expect(gone).toBeDefined();
    expect((await allIds('', 1000)).slice(0, 4)).toEqual(idsOf(more));
    await stack.request('DELETE', `/groups/${group}`, { token: alice.token });
    const rest = more.filter(({ groupId }) => groupId !== group);
    expect((await allIds('', 1000)).slice(0, rest.length)).toEqual(idsOf(rest));
    const [first, ...others] = rest;
    if (!first) throw new Error('no run');
    await removeRun(services, first);
    expect((await allIds('', 1000)).slice(0, others.length)).toEqual(idsOf(others));
    await restoreRun(services, first.id, await findGroup(services, first.groupId ?? ''));
    expect((await allIds('', 1000)).slice(0, rest.length)).toEqual(idsOf(rest));
    await stack.request('POST', `/groups/${group}/restore`, { token: alice.token });
    expect((await allIds('', 1000)).slice(0, 4)).toEqual(idsOf(more));
  });

  it('costs as many requests to the table among 1,000 runs as among 250', async () => {
    const cost = async (query: string) => {
      await get(query);
      const counts: number[] = [];
      for (let time = 0; time < 3; time += 1) {
        calls = 0;
        expect((await get(query)).json.runs.length).toBeGreaterThan(0);
        counts.push(calls);
      }
      return Math.min(...counts);
    };
    const queries = ['?limit=20', '?limit=100&sort=oldest', '?limit=5&state=ERROR'];
    const before: number[] = [];
    for (const query of queries) before.push(await cost(query));
    await store(750, 'ERROR');
    for (const [index, query] of queries.entries()) expect(await cost(query)).toBe(before[index]);
    expect(Math.max(...before)).toBeLessThanOrEqual(10);
  });
});

describe('a workflow of an earlier release, whose runs are on no list by time', () => {
  let runs: Run[];
  let sent: string[];
  const recorded = (): Services => ({
    ...stack.services,
    messages: {
      ...stack.services.messages,
      listRuns: async (workflowId, after, delay) => {
        sent.push(`${workflowId} '${after}' ${delay}`);
      },
    },
  });

  beforeEach(async () => {
    sent = [];
    await listAllRuns(stack.services);
    const { table } = stack.services;
    runs = await store(5);
    for (const run of runs) await table.update(entryKey(run), { remove: ['dueShard', 'dueAt'] });
    await table.update(keys.workflow('HW'), { remove: ['runsListed', 'runsListingAt'] });
  });
  const newest = async () => idsOf((await get('?limit=5')).json.runs);

  it('is listed by group, until the leaderboard function has listed its runs by time', async () => {
    const { json } = await get('?limit=2&sort=newest');
    expect(json.sort).toBe('group');
    const page = await get(`?limit=2&cursor=${json.nextCursor}`);
    expect([page.status, page.json.sort]).toEqual([200, 'group']);
    await continueListing(stack.services, 'HW', '');
    expect((await get()).json.sort).toBe('newest');
    expect(await newest()).toEqual(idsOf(runs));
    // Its pages go on as they began.
    expect((await get(`?limit=2&cursor=${json.nextCursor}`)).json).toEqual(page.json);
  });

  it('requests the list once, and again if the request was lost', async () => {
    const services = recorded();
    await requestListing(services, await findWorkflow(services, 'HW'));
    await requestListing(services, await findWorkflow(services, 'HW'));
    expect(sent).toEqual(["HW '' 900"]);
    const later = { ...services, now: () => new Date(Date.now() + 61 * 60_000) };
    await requestListing(later, await findWorkflow(services, 'HW'));
    expect(sent).toHaveLength(2);
  });

  it('is listed by the operator at once, whatever was done before', async () => {
    const [first] = runs;
    if (!first) throw new Error('no run');
    await stack.services.table.transact([entryWrite(stack.services.table, first)]);
    const { listed } = (await listAllRuns(stack.services)).find(({ id }) => id === 'HW') ?? {};
    expect(listed).toBe(4);
    expect(await newest()).toEqual(idsOf(runs));
    expect(await listAllRuns(stack.services)).toEqual([{ id: 'HW', listed: 0 }]);
  });
});
