import { describe, expect, it } from 'vitest';
import { fixture, poll, type Reply } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { quiet } from './stored.ts';

/** Time within which a response counts as immediate, on a busy machine. */
const AT_ONCE_MS = 900;

describe('requests with wait', () => {
  const stack = useStack({ env: { FLOWSERV_MAX_WAITING: '1' } });
  const answer = async (path: string, token: string, etag?: string, signal?: AbortSignal) => {
    const begun = performance.now();
    const response = await fetch(`${stack.url}${path}`, {
      headers: { api_key: token, ...(etag === undefined ? {} : { 'if-none-match': etag }) },
      ...(signal ? { signal } : {}),
    });
    const text = await response.text();
    const { status, headers } = response;
    return { status, text, headers, etag: headers.get('etag') ?? '', ms: performance.now() - begun };
  };
  const benchmark = async (name: string) => {
    const { token, id } = await stack.user(name);
    const workflow = await stack.install(fixture('hello-world'), { name, ignorePostproc: true });
    return { token, id, workflow, group: await stack.group(workflow, token, name) };
  };
  const endedRun = async (group: string, token: string): Promise<Reply['json']> => {
    const { id } = await stack.greet(group, token, 'Ann\n', [{ name: 'sleeptime', value: 0 }]);
    const run = await stack.ended(id, token);
    await quiet(stack.services);
    return run;
  };

  it('get the change as soon as there is one', async () => {
    const { token, group } = await benchmark('changing');
    const { id } = await stack.greet(group, token, 'Ann\n', [{ name: 'sleeptime', value: 2 }]);
    const states: string[] = [];
    let etag: string | undefined;
    for (let requests = 0; states.at(-1) !== 'SUCCESS' && requests < 12; requests += 1) {
      const response = await answer(`/runs/${id}?wait=20`, token, etag);
      expect(response.status).toBe(200);
      etag = response.etag;
      states.push(JSON.parse(response.text).state);
    }
    expect(states.at(-1)).toBe('SUCCESS');
    // A client that polls each 50 ms would have sent 40 requests.
    expect(states.length).toBeLessThan(8);
  });

  it('get 304 after the time if nothing changed, and at once without an ETag or without a wait', async () => {
    const { token, group } = await benchmark('quiet');
    const run = await endedRun(group, token);
    const first = await answer(`/runs/${run.id}?wait=20`, token);
    expect([first.status, first.headers.get('poll-after')]).toEqual([200, '15']);
    expect(first.ms).toBeLessThan(AT_ONCE_MS);
    const held = await answer(`/runs/${run.id}?wait=2`, token, first.etag);
    expect([held.status, held.etag, held.headers.get('poll-after')]).toEqual([304, first.etag, '0']);
    expect(held.ms).toBeGreaterThan(1900);
    for (const wait of ['', '?wait=0', '?wait=']) {
      const immediate = await answer(`/runs/${run.id}${wait}`, token, first.etag);
      expect([immediate.status, immediate.headers.get('poll-after')]).toEqual([304, '15']);
      expect(immediate.ms).toBeLessThan(AT_ONCE_MS);
    }
  });

  it('hold no more than the setting, and are released when their client is gone', async () => {
    const { token, group } = await benchmark('crowded');
    const run = await endedRun(group, token);
    const { etag } = await answer(`/runs/${run.id}`, token);
    const client = new AbortController();
    const gone = answer(`/runs/${run.id}?wait=20`, token, etag, client.signal).catch(() => 'gone');
    // The first request is held now, so there is no room for another one.
    const refused = await poll(async () => {
      const other = await answer(`/runs/${run.id}?wait=1`, token, etag);
      return other.headers.get('poll-after') === '15' ? other : undefined;
    }, 'the first request was not held');
    expect([refused.status, refused.ms < AT_ONCE_MS]).toEqual([304, true]);
    client.abort();
    expect(await gone).toBe('gone');
    const begun = performance.now();
    await poll(async () => {
      const other = await answer(`/runs/${run.id}?wait=1`, token, etag);
      return other.headers.get('poll-after') === '0' ? other : undefined;
    }, 'the request of a client that is gone stayed');
    expect(performance.now() - begun).toBeLessThan(10_000);
  });

  it('end with the rights of their caller', async () => {
    const { token, group, id } = await benchmark('leaving');
    const other = await stack.user('staying');
    await stack.request('PUT', `/groups/${group}`, { token, body: { members: [id, other.id] } });
    const run = await endedRun(group, token);
    const { etag } = await answer(`/runs/${run.id}`, token);
    const held = answer(`/runs/${run.id}?wait=20`, token, etag);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await stack.request('PUT', `/groups/${group}`, { token: other.token, body: { members: [other.id] } });
    expect((await held).status).toBe(403);
    expect((await answer(`/runs/${run.id}?wait=20`, token, etag)).status).toBe(403);
    const ending = answer(`/runs/${run.id}?wait=20`, other.token, etag);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await stack.request('POST', '/users/logout', { token: other.token });
    expect((await ending).status).toBe(403);
  });

  it('hold a leaderboard until it changes', async () => {
    const { token, group, workflow } = await benchmark('ranking');
    const { etag } = await answer(`/workflows/${workflow}/leaderboard`, token);
    const held = answer(`/workflows/${workflow}/leaderboard?wait=20`, token, etag);
    const run = await endedRun(group, token);
    const { status, text } = await held;
    expect([status, JSON.parse(text).ranking.map((row: Reply['json']) => row.run.id)]).toEqual([
      200,
      [run.id],
    ]);
  });

  it('are bounded', async () => {
    const { token, group, workflow } = await benchmark('bounded');
    const run = await endedRun(group, token);
    for (const wait of ['21', '-1', 'abc', '1.5', '1e9', 'NaN']) {
      for (const path of [`/runs/${run.id}`, `/workflows/${workflow}/leaderboard`]) {
        expect((await stack.request('GET', `${path}?wait=${wait}`, { token })).status, wait).toBe(400);
      }
    }
    // Routes without the parameter ignore it.
    const { etag } = await answer(`/groups/${group}/runs`, token);
    const listed = await answer(`/groups/${group}/runs?wait=5`, token, etag);
    expect([listed.status, listed.ms < AT_ONCE_MS]).toEqual([304, true]);
  });
});
