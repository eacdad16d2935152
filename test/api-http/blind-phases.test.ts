import { beforeAll, describe, expect, it } from 'vitest';
import { giveRole } from '../../shared/members/members.ts';
import { inParallel } from '../../shared/parallel.ts';
import { createToken } from '../../shared/tokens/tokens.ts';
import type { TokenAccess } from '../../shared/users/token-access.ts';
import { installTemplate } from '../end-to-end/install-template.ts';
import { updateTemplate } from '../end-to-end/new-version.ts';
import { poll, type Reply } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { useReceiver } from '../notifications/receiver.ts';
import {
  contentOf,
  contest,
  FUTURE,
  MARKER,
  membersOf,
  PAST,
  readingRequests,
  SHOWN,
  STATIC_FILES,
  TELLING,
  TEMPLATE,
} from './blind-contest.ts';

/**
 * Every route that reads, as every kind of caller, in a phase whose leaderboard only organisers see. The scores have
 * the same digits, which no byte of a response to anyone else may contain.
 */

/** The download of a file of a run. */
const OF_RUN = /^\/runs\/(\w+)\/downloads\/files\/(\w+)/;

const REQUESTS_AT_ONCE = 8;

describe.each(['members', 'public'] as const)('a blind phase, with read access for %s', (readAccess) => {
  const stack = useStack({
    env: {
      FLOWSERV_READ_ACCESS: readAccess,
      FLOWSERV_ATTEMPTS_BY_NAME: '1000',
      FLOWSERV_WEBHOOKS: 'loopback',
    },
  });
  const receiver = useReceiver();
  let webhook = '';
  const hidden: Record<string, string | undefined> = {};
  const shown: Record<string, string> = {};
  const runs: Record<string, string> = {};
  /** The run of each file. */
  const filesOf = new Map<string, string>();
  let group = '';
  let other = { token: '', group: '' };

  /** A file of the best run. */
  const fileOfBest = () => [...filesOf].find(([, run]) => run === runs.best)?.[0];
  const get = (path: string, token?: string, headers: Record<string, string> = {}) =>
    stack.request('GET', path, { token, headers });
  const begin = (to: string, token: string | undefined, n: number, end = 'ranked') =>
    stack.request('POST', `/groups/${to}/runs`, {
      token,
      headers: { 'idempotency-key': `${n}-${end}` },
      body: {
        arguments: [
          { name: 'n', value: n },
          { name: 'end', value: end },
        ],
      },
    });
  const ended = async (to: string, token: string, n: number, end?: string) => {
    const { json, status } = await begin(to, token, n, end);
    expect(status, json.message).toBe(201);
    const run = await stack.ended(json.id, token);
    expect(`${end} ${run.state}`).toBe(`${end} ${end === 'failed' ? 'ERROR' : 'SUCCESS'}`);
    return String(json.id);
  };
  /** The post-processing of so many runs, once it succeeded. */
  const processed = (score: string) =>
    poll(async () => {
      const { json } = await get('/workflows/BLIND/leaderboard', shown.organiser);
      if (json.postproc?.state !== 'SUCCESS') return undefined;
      const file = `/workflows/BLIND/downloads/files/${json.postproc.files[0].id}`;
      return (await get(file, shown.organiser)).text.includes(score) ? json.postproc : undefined;
    }, 'no post-processing');

  beforeAll(async () => {
    const names = ['alice', 'bob', 'carol', 'vera', 'oscar', 'wanda'];
    const [alice, bob, carol, vera, oscar, wanda] = await Promise.all(names.map((name) => stack.user(name)));
    if (!alice || !bob || !carol || !vera || !oscar || !wanda) throw new Error('no users');
    await installTemplate(stack, TEMPLATE, STATIC_FILES, { id: 'BLIND' }, contest('organisers', FUTURE));
    await giveRole(stack.services, 'operator', 'BLIND', 'vera', 'viewer');
    await giveRole(stack.services, 'operator', 'BLIND', 'oscar', 'organiser');
    await giveRole(stack.services, 'operator', 'BLIND', 'wanda', 'owner');
    const tokenOf = async ({ id }: { id: string }, access: TokenAccess) => {
      const expiresAt = new Date(Date.now() + 3_600_000);
      const caller = { id, name: 'not used', tokenEpoch: 0 };
      const request = { name: access, access, workflowId: 'BLIND', expiresAt };
      return (await createToken(stack.services, caller, request)).token;
    };
    group = await stack.group('BLIND', alice.token, 'Alice');
    other = { token: bob.token, group: await stack.group('BLIND', bob.token, 'Bob') };
    Object.assign(hidden, {
      anonymous: undefined,
      stranger: carol.token,
      member: alice.token,
      'member of another group': bob.token,
      viewer: vera.token,
      'token of a member': await tokenOf(alice, 'organise'),
      'token of an organiser as participant': await tokenOf(oscar, 'submit'),
    });
    Object.assign(shown, {
      organiser: oscar.token,
      'workflow owner': wanda.token,
      'token of an organiser': await tokenOf(oscar, 'read'),
    });
    const body = { url: `${receiver.url}/hook`, events: ['run.ended', 'postproc.failed'] };
    const created = await stack.request('POST', '/workflows/BLIND/webhooks', { token: oscar.token, body });
    webhook = created.json.id;
    runs.best = await ended(group, alice.token, 2);
    runs.worse = await ended(group, alice.token, 1);
    runs.failed = await ended(group, alice.token, 1, 'failed');
    runs.unranked = await ended(group, alice.token, 1, 'unranked');
    runs.foreign = await ended(other.group, other.token, 3);
    runs.postproc = (await processed(`0.3${MARKER}`)).id;
    for (const run of Object.values(runs)) {
      const { json } = await get(`/runs/${run}`, oscar.token);
      for (const { id } of json.files ?? []) filesOf.set(id, run);
    }
    // Archives and crates are created on request: afterwards they are stored, and must not be served.
    for (const run of [runs.best, runs.worse, runs.foreign, runs.postproc]) {
      for (const path of [`/runs/${run}/downloads/archive`, `/runs/${run}/crate`]) {
        await poll(async () => ((await get(path, oscar.token)).status === 200 ? true : undefined), path);
      }
    }
  });

  const requests = () =>
    readingRequests({
      workflowId: ['BLIND'],
      userGroupId: [group],
      runId: Object.values(runs),
      otherRunId: [runs.worse ?? '', runs.foreign ?? ''],
      fileId: [...filesOf.keys()],
      webhookId: [webhook],
    }).filter(({ path }) => {
      const [, run, file] = OF_RUN.exec(path) ?? [];
      return file === undefined || filesOf.get(file) === run;
    });

  /** The routes of which a response to the caller contains the digits of a score. */
  async function revealing(token: string | undefined): Promise<string[]> {
    const found = new Set<string>();
    await inParallel(requests(), REQUESTS_AT_ONCE, async ({ route, path, base }) => {
      const below = base === undefined ? {} : { base: new URL(base, stack.url).href };
      const ask = () => stack.request('GET', path, { token, ...below });
      // The server may close a connection that was idle while it is used again.
      const reply = await ask().catch(ask);
      expect(reply.status, `${path}: ${reply.text}`).toBeLessThan(500);
      let content = contentOf(reply);
      if (reply.json?.url && path.endsWith('link=json')) {
        const bytes = Buffer.from(await (await fetch(reply.json.url)).arrayBuffer());
        content += contentOf({ ...reply, bytes, text: bytes.toString('latin1') });
      }
      const names = membersOf(reply.json);
      const isTold = route !== 'openapi' && TELLING.some((name) => names.includes(name));
      if (content.includes(MARKER) || isTold) found.add(route);
    });
    return [...found].sort();
  }

  it('shows organisers the scores on these routes', async () => {
    for (const [name, token] of Object.entries(shown)) {
      expect(await revealing(token), name).toEqual(SHOWN);
    }
  }, 120_000);

  it('shows no other caller a score, or which run is ahead', async () => {
    for (const [name, token] of Object.entries(hidden)) expect(await revealing(token), name).toEqual([]);
    const { member } = hidden;
    expect((await get('/workflows/BLIND/leaderboard', member)).json).toEqual({
      schema: [{ name: 'score', label: 'Score', dtype: 'float' }],
      ranking: [],
      phase: 'final',
      hidden: true,
    });
    expect((await get(`/runs/${runs.best}`, member)).json).toMatchObject({
      state: 'SUCCESS',
      phase: 'final',
      files: [],
      hidden: ['results', 'logs', 'outputs'],
    });
    expect((await get(`/runs/${runs.failed}`, member)).json.messages).toEqual([
      'the run failed; the organisers of this benchmark can read why',
    ]);
    const listed = (await get(`/groups/${group}/runs`, member)).json.runs;
    expect(new Set(listed.flatMap(membersOf))).toEqual(
      new Set(['id', 'state', 'createdAt', 'version', 'versionNumber', 'phase', 'hidden']),
    );
    for (const path of [
      `/runs/${runs.best}/downloads/archive`,
      `/runs/${runs.best}/downloads/files/${fileOfBest()}`,
      `/runs/${runs.best}/crate`,
      `/runs/${runs.best}/diff/${runs.worse}`,
    ]) {
      expect((await get(path, member)).json, path).toMatchObject({ code: 'contest.hidden' });
    }
    expect((await get(`/runs/${runs.postproc}`, member)).status).toBe(404);
    expect((await get('/workflows/BLIND/downloads/archive', member)).status).toBe(404);
    expect((await get(`/runs/${runs.best}/logs`, member)).json.steps).toMatchObject([
      { state: 'success', private: true },
    ]);
    expect((await get('/workflows/BLIND', member)).json).toMatchObject({
      phases: [{ id: 'final', leaderboard: 'organisers' }],
      visibility: { until: '2900-01-01T00:00:00Z' },
    });
  }, 240_000);

  it('shows nothing in messages of webhooks but the ends of runs', async () => {
    const of = ['best', 'worse', 'failed', 'unranked', 'foreign'].map((name) => runs[name]);
    const bodies = () => receiver.received.map(({ body }) => JSON.parse(body));
    const told = () => new Set(bodies().map(({ data }) => data.run.id));
    await poll(async () => of.every((run) => told().has(run)) || undefined, 'not all ends were sent');
    expect(JSON.stringify(receiver.received)).not.toContain(MARKER);
    expect(new Set(bodies().flatMap(membersOf))).toEqual(
      new Set(['type', 'timestamp', 'data', 'workflow', 'group', 'run', 'id', 'state', 'link']),
    );
  });

  it('shows nothing in responses to requests that change or repeat', async () => {
    const { member } = hidden;
    const replies = [
      await begin(group, member, 2),
      await begin(group, member, 1, 'failed'),
      await begin(group, member, 1, 'unranked'),
      await stack.request('PUT', `/runs/${runs.best}`, { token: member, body: { reason: 'late' } }),
      await stack.request('PUT', `/groups/${group}`, { token: member, body: { name: 'Alice' } }),
      await stack.request('PUT', `/groups/${group}/chosen`, { token: member, body: { runs: [runs.best] } }),
      await stack.request('GET', `/runs/${runs.best}/downloads/files/${fileOfBest()}`, {
        headers: { range: 'bytes=0-100' },
      }),
    ];
    expect(replies.slice(0, 3).map(({ json }) => json.id)).toEqual([runs.best, runs.failed, runs.unranked]);
    for (const { text, json } of replies) {
      expect(text).not.toContain(MARKER);
      for (const name of ['rank', 'notRanked', 'results']) expect(membersOf(json)).not.toContain(name);
    }
  });

  it('answers the same bytes and entity tags whatever the hidden scores are', async () => {
    const { member } = hidden;
    const paths = [
      '/workflows/BLIND',
      '/workflows/BLIND/leaderboard',
      '/workflows/BLIND/leaderboard?phase=final&includeAll',
      `/groups/${group}`,
      `/groups/${group}/runs`,
      `/groups/${group}/limits`,
      ...[runs.best, runs.worse, runs.failed, runs.unranked].map((run) => `/runs/${run}`),
    ];
    const all = () => Promise.all(paths.map((path) => get(path, member)));
    const before = await all();
    await ended(other.group, other.token, 9);
    await processed(`0.9${MARKER}`);
    const after = await all();
    const tagOf = ({ headers }: Reply) => headers.get('etag');
    const pollOf = ({ headers }: Reply) => headers.get('poll-after');
    expect(after.map(({ text }) => text)).toEqual(before.map(({ text }) => text));
    expect(after.map(tagOf)).toEqual(before.map(tagOf));
    expect(after.map(pollOf)).toEqual(before.map(pollOf));
    for (const [position, path] of paths.entries()) {
      const tag = before[position] && tagOf(before[position]);
      if (!tag) continue;
      expect((await get(path, member, { 'if-none-match': tag })).status, path).toBe(304);
      // A tag that only an organiser has is no proof.
      const ofOrganiser = tagOf(await get(path, shown.organiser));
      const asked = await get(path, member, { 'if-none-match': ofOrganiser ?? '' });
      expect([200, 304], path).toContain(asked.status);
      expect(asked.status === 304 && ofOrganiser !== tag, path).toBe(false);
    }
  }, 120_000);

  it('shows everyone what is theirs from the time on that the organiser set', async () => {
    await updateTemplate(stack.services, 'BLIND', TEMPLATE, STATIC_FILES, contest('organisers', PAST));
    const { member, anonymous } = hidden;
    expect((await get('/workflows/BLIND/leaderboard', anonymous)).json.ranking[0].results[0].value).toBe(
      Number(`0.9${MARKER}`),
    );
    const run = (await get(`/runs/${runs.best}`, member)).json;
    expect(run).toMatchObject({ results: [{ value: Number(`0.2${MARKER}`) }] });
    expect(run).not.toHaveProperty('hidden');
    expect(run.files).toHaveLength(2);
    expect((await get(`/runs/${runs.failed}`, member)).json.messages.join()).toContain(MARKER);
    expect((await get(`/runs/${runs.unranked}`, member)).json.notRanked).toBeDefined();
    expect((await get(`/runs/${runs.best}/logs`, member)).text).toContain(MARKER);
    for (const path of [`/runs/${runs.best}/downloads/archive`, `/runs/${runs.best}/crate`]) {
      expect((await get(path, member)).status, path).toBe(200);
    }
    expect((await get(`/runs/${runs.foreign}`, member)).status).toBe(403);
  }, 60_000);
});
