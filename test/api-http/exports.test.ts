import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { wantsCsv } from '../../shared/api/exports.ts';
import { createClient } from '../../shared/client/client.ts';
import { allAsCsv } from '../../shared/client/organiser-methods.ts';
import { giveRole } from '../../shared/members/members.ts';
import { cliWith } from '../bin/run-cli.ts';
import { installTemplate, start } from '../end-to-end/install-template.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { quiet } from './stored.ts';

const TEMPLATE = `parameters:
  - {name: score, label: Score, dtype: string}
workflow:
  files: {outputs: [result.json]}
  steps:
    - name: one
      action: {environment: 'python:3.9', commands: ['printf %s "$[[score]]" > result.json']}
results:
  file: result.json
  schema:
    - {name: score, label: Score, dtype: float}
    - {name: big, label: Big, dtype: int, required: false}
    - {name: rank, label: Note, dtype: string, required: false}
  orderBy: [{name: score, sortDesc: true}]
`;

describe('exports as CSV', () => {
  const stack = useStack();
  let workflow = '';
  let alice = { token: '' };
  let vera = { token: '' };
  const runs: string[] = [];
  beforeAll(async () => {
    alice = await stack.user('alice');
    const bob = await stack.user('bob');
    vera = await stack.user('vera');
    workflow = await installTemplate(stack, TEMPLATE, {}, { id: 'CSV' });
    const owners = [
      [await stack.group(workflow, alice.token, '=HYPERLINK("http://x")'), alice.token],
      [await stack.group(workflow, bob.token, 'Bob, "the" builder'), bob.token],
    ] as const;
    const values = ['{"score": 0.1, "big": 12345678901234567890123, "rank": "-1+1"}', '{"score": 1e21}'];
    for (const [index, [group, token]] of owners.entries()) {
      const value = values[index] ?? '';
      const { json } = await start(stack, group, token, { score: value });
      runs.push((await stack.ended(json.id, token)).id);
    }
    await giveRole(stack.services, 'operator', workflow, 'vera', 'viewer');
    await quiet(stack.services);
  });
  const get = (path: string, token?: string, headers: Record<string, string> = {}) =>
    stack.request('GET', path, { token, headers });

  it('have the rows of the leaderboard with exact numbers and no formulas', async () => {
    const { status, text, headers } = await get(`/workflows/${workflow}/leaderboard?format=csv`);
    expect([status, headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8; header=present']);
    expect(headers.get('content-disposition')).toBe(`attachment; filename="leaderboard-${workflow}.csv"`);
    expect(headers.get('cache-control')).toBe('no-store');
    const [names, first, second, ...rest] = text.split('\r\n');
    expect(names).toBe(
      'rank,group,group_id,run_id,created_at,started_at,finished_at,version,phase,score,big,result_rank',
    );
    expect(first).toMatch(new RegExp(`^1,"Bob, ""the"" builder",\\w+,${runs[1]},.*,1,,1e\\+21,,$`));
    expect(second).toMatch(
      new RegExp(`^2,"'=HYPERLINK\\(""http://x""\\)",\\w+,${runs[0]},.*,1,,0\\.1,\\d+,"'-1\\+1"$`),
    );
    expect(rest).toEqual(['']);
    const accepted = await get(`/workflows/${workflow}/leaderboard`, undefined, { accept: 'text/csv' });
    expect(accepted.text).toBe(text);
  });

  it('have the runs of all groups, for members of the workflow only', async () => {
    const path = `/workflows/${workflow}/runs?format=csv`;
    expect((await get(path)).status).toBe(403);
    expect((await get(path, alice.token)).status).toBe(403);
    const { status, text } = await get(path, vera.token);
    const lines = text.split('\r\n');
    expect([status, lines.length, lines[0]]).toEqual([
      200,
      4,
      'run_id,group,group_id,created_at,state,version,phase,rank,not_ranked,inputs,score,big,result_rank',
    ]);
    expect(lines.find((line) => line.startsWith(`${runs[0]}`))).toMatch(/,SUCCESS,1,,2,,,0\.1,\d+,"'-1\+1"$/);
    const { json } = await get(`/workflows/${workflow}/runs`, vera.token);
    expect(json.runs.map(({ rank }: { rank: number }) => rank).sort()).toEqual([1, 2]);
  });

  it('have only the runs of a state, a group, a version and a time', async () => {
    const ids = async (query: string) => {
      const { status, json } = await get(`/workflows/${workflow}/runs?${query}`, vera.token);
      return status === 200 ? json.runs.map(({ id }: { id: string }) => id) : status;
    };
    const { json } = await get(`/workflows/${workflow}/runs`, vera.token);
    const [first, second] = json.runs;
    expect(await ids(`group=${first.group.id}`)).toEqual([first.id]);
    expect(await ids(`group=${first.group.id}&limit=1&state=ERROR`)).toEqual([]);
    expect(await ids('group=none')).toEqual([]);
    expect(await ids('version=1')).toEqual([first.id, second.id]);
    expect(await ids('version=2')).toBe(404);
    const later = [first, second].toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1))[0];
    expect(await ids(`since=${encodeURIComponent(later.createdAt)}`)).toEqual([later.id]);
    expect(await ids('since=2020-01-01')).toEqual([first.id, second.id]);
    expect(await ids('since=2100-01-01T00:00:00Z&state=SUCCESS')).toEqual([]);
    for (const query of ['since=yesterday', 'group=a%23b', 'version=0'])
      expect(await ids(query), query).toBe(400);
  });

  it('consist of pages that follow each other, which the client and the command line put together', async () => {
    const page = await get(`/workflows/${workflow}/leaderboard?format=csv&limit=1`);
    const next = /^<(\?.*)>; rel="next"$/.exec(page.headers.get('link') ?? '')?.[1] ?? '';
    expect(page.text.split('\r\n')[1]).toMatch(/^1,/);
    const last = await get(`/workflows/${workflow}/leaderboard${next}`);
    expect([last.text.split('\r\n')[1]?.slice(0, 2), last.headers.get('link')]).toEqual(['2,', null]);
    const client = createClient({ url: stack.url, token: vera.token });
    const whole = (await get(`/workflows/${workflow}/runs?format=csv`, vera.token)).text;
    expect(await client.workflows.runsAsCsv(workflow)).toBe(whole);
    const inPages = await allAsCsv((cursor) =>
      fetch(
        `${stack.url}/workflows/${workflow}/runs?format=csv&limit=1${cursor === undefined ? '' : `&cursor=${cursor}`}`,
        {
          headers: { api_key: vera.token },
        },
      ),
    );
    expect(inPages).toBe(whole);
    const folder = mkdtempSync(join(tmpdir(), 'flowserv-csv-'));
    try {
      const flowserv = cliWith({ FLOWSERV_API_DIR: stack.dataDir, FLOWSERV_ACCESS_TOKEN: vera.token });
      const saved = async (command: string) => {
        const file = join(folder, `${command}.csv`);
        expect((await flowserv(`workflows ${command} -w ${workflow} --csv ${file}`)).code).toBe(0);
        return readFileSync(file, 'utf8');
      };
      expect(await saved('runs')).toBe(whole);
      expect(await saved('ranking')).toBe((await get(`/workflows/${workflow}/leaderboard?format=csv`)).text);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('are only of known formats', async () => {
    expect((await get(`/workflows/${workflow}/leaderboard?format=xml`)).status).toBe(400);
    expect(
      (await get(`/workflows/${workflow}/leaderboard?format=json`, undefined, { accept: 'text/csv' })).json
        .ranking,
    ).toHaveLength(2);
  });
});

describe('the choice of CSV', () => {
  it('is by format, or else by Accept', () => {
    expect(wantsCsv('csv', 'application/json')).toBe(true);
    expect(wantsCsv('json', 'text/csv')).toBe(false);
    for (const accept of [
      'text/csv',
      'text/csv, */*',
      'application/json;q=0.5, text/csv',
      'TEXT/CSV;q=0.9',
    ]) {
      expect(wantsCsv(undefined, accept), accept).toBe(true);
    }
    for (const accept of [
      undefined,
      '*/*',
      'application/json',
      'text/csv;q=0',
      'text/csv;q=0.5, application/json',
      'text/html,*/*;q=0.8',
    ]) {
      expect(wantsCsv(undefined, accept), accept).toBe(false);
    }
  });
});
