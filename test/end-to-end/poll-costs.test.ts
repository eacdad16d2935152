import { beforeAll, describe, expect, it } from 'vitest';
import type { StackCall } from '../../infra/local/calls.ts';
import { quiet } from '../api-http/stored.ts';
import { fixture } from './running-stack.ts';
import { useStack } from './stack-fixture.ts';

describe('a response that did not change', () => {
  const calls: StackCall[] = [];
  const stack = useStack({ onCall: (call) => calls.push(call) });
  let token = '';
  let group = '';
  let run = '';
  beforeAll(async () => {
    token = (await stack.user('alice')).token;
    await stack.install(fixture('hello-world'), { id: 'HW' });
    await stack.install(fixture('hello-world-postproc'), { id: 'PP' });
    group = await stack.group('HW', token, 'Alice');
    const { id } = await stack.greet(group, token, 'Ann\n', [{ name: 'sleeptime', value: 0 }]);
    run = (await stack.ended(id, token)).id;
    await stack.greet(await stack.group('PP', token, 'Alice'), token, 'Ann\n');
    await stack.postproc('PP', ({ state }) => state === 'SUCCESS');
    await quiet(stack.services);
  });

  /** The calls of a request whose response the client has. */
  const callsOf = async (path: string, caller: 'api' | 'runs', as?: string) => {
    const { headers } = await stack.request('GET', path, { token: as });
    const asked = { 'if-none-match': headers.get('etag') ?? '' };
    calls.length = 0;
    const { status } = await stack.request('GET', path, { token: as, headers: asked });
    expect(status).toBe(304);
    return calls.filter((call) => call.caller === caller).map(({ operation }) => operation);
  };
  /** The token and its user. */
  const SESSION = ['GetItem', 'GetItem'];

  it('costs one request to the table besides the session', async () => {
    expect(await callsOf(`/runs/${run}`, 'runs', token)).toEqual([...SESSION, 'BatchGetItem']);
    expect(await callsOf(`/groups/${group}/runs`, 'runs', token)).toEqual([...SESSION, 'BatchGetItem']);
    expect(await callsOf(`/groups/${group}`, 'api', token)).toEqual([...SESSION, 'BatchGetItem']);
    for (const workflow of ['HW', 'PP']) {
      expect(await callsOf(`/workflows/${workflow}/leaderboard`, 'api')).toEqual(['BatchGetItem']);
      expect(await callsOf(`/workflows/${workflow}`, 'api')).toEqual(['BatchGetItem']);
    }
  });

  it('costs one more for the groups of the caller', async () => {
    expect(await callsOf('/workflows/HW', 'api', token)).toEqual([...SESSION, 'BatchGetItem', 'Query']);
  });

  it('costs as little while a run is executed', async () => {
    const { id } = await stack.greet(group, token, 'Ann\n', [{ name: 'sleeptime', value: 4 }]);
    await expect
      .poll(async () => (await stack.request('GET', `/runs/${id}`, { token })).json.reason, {
        timeout: 20_000,
      })
      .toMatch(/^step 1/);
    expect(await callsOf(`/runs/${id}`, 'runs', token)).toEqual([...SESSION, 'BatchGetItem']);
    expect(await callsOf(`/groups/${group}/runs`, 'runs', token)).toEqual([...SESSION, 'BatchGetItem']);
    await stack.request('PUT', `/runs/${id}`, { token });
    await quiet(stack.services);
  });

  it('costs more if the ids in the ETag are wrong, which change nothing else', async () => {
    const full = await stack.request('GET', `/runs/${run}`, { token });
    const digest = (full.headers.get('etag') ?? '').slice(0, 28);
    const stranger = await stack.user('stranger');
    const own = await stack.group('HW', stranger.token, 'Own');
    for (const ids of ['.HW', `.HW.${own}`, `.other.${group}`, `.HW.${group}.RANKED.more`, '.a.b.c.d', '']) {
      const headers = { 'if-none-match': `${digest}${ids}"` };
      const reply = await stack.request('GET', `/runs/${run}`, { token, headers });
      expect([reply.status, reply.text], ids).toEqual([200, full.text]);
      const foreign = await stack.request('GET', `/runs/${run}`, { token: stranger.token, headers });
      expect(foreign.status, ids).toBe(403);
      for (const path of [`/groups/${group}`, `/groups/${group}/runs`]) {
        expect((await stack.request('GET', path, { token, headers })).status, ids).toBe(200);
        expect((await stack.request('GET', path, { token: stranger.token, headers })).status, ids).toBe(403);
      }
    }
  });

  it('says when to ask again', async () => {
    const secondsOf = async (path: string) =>
      (await stack.request('GET', path, { token })).headers.get('poll-after');
    expect(await secondsOf(`/runs/${run}`)).toBe('15');
    const { id } = await stack.greet(group, token, 'Ann\n', [{ name: 'sleeptime', value: 3 }]);
    await expect.poll(() => secondsOf(`/runs/${id}`)).toBe('1');
    for (const path of [`/groups/${group}`, `/groups/${group}/runs`, `/runs/${id}/logs`]) {
      expect(await secondsOf(path), path).toBe('1');
    }
    await stack.ended(id, token);
    expect(await secondsOf(`/runs/${id}/logs`)).toBe('15');
    expect(await secondsOf('/workflows')).toBe('15');
  });
});
