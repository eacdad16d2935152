import { beforeAll, describe, expect, it } from 'vitest';
import { parseExactly } from '../../shared/documents/exact-json.ts';
import { earlierResult, repeatableRequest } from '../../shared/store/repeatable.ts';
import { fixture } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

describe('requests with the same Idempotency-Key', () => {
  const stack = useStack();
  let alice: { id: string; token: string };
  let bob: { id: string; token: string };
  let group = '';
  beforeAll(async () => {
    [alice, bob] = await Promise.all([stack.user('alice'), stack.user('bob')]);
    await stack.install(fixture('hello-world'), { id: 'HW' });
    group = await stack.group('HW', alice.token, 'First');
    await stack.request('PUT', `/groups/${group}`, {
      token: alice.token,
      body: { members: [alice.id, bob.id] },
    });
  });

  const send = (path: string, key: string, body: object, token = alice.token) =>
    stack.request('POST', path, { token, body, headers: { 'idempotency-key': key } });
  const create = (key: string, body: object, token?: string) =>
    send('/workflows/HW/groups', key, body, token);
  const start = (key: string, body: object, token?: string) =>
    send(`/groups/${group}/runs`, key, body, token);
  const names = async () => {
    const { json } = await stack.upload(group, alice.token, 'names.txt', 'Ann\n');
    const value = { type: '$file', value: { fileId: json.id } };
    return {
      arguments: [
        { name: 'names', value },
        { name: 'sleeptime', value: 0 },
      ],
    };
  };
  const runs = async (): Promise<{ id: string }[]> =>
    (await stack.request('GET', `/groups/${group}/runs`, { token: alice.token })).json.runs;

  it('create one group, concurrently or in sequence', async () => {
    const { parameters } = (await stack.request('GET', '/workflows/HW')).json;
    const body = { name: 'Twice', parameters };
    const responses = await Promise.all([1, 2, 3].map(() => create('key-1', body)));
    responses.push(await create('key-1', body));
    expect(responses.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(new Set(responses.map(({ json }) => json.id)).size).toBe(1);
  });

  it('count as different if a number has another type, and are rejected if they nest too deep', async () => {
    const startWith = (value: string) =>
      stack.request('POST', `/groups/${group}/runs`, {
        token: alice.token,
        body: `{"arguments": [{"name": "names", "value": ${value}}]}`,
        headers: { 'idempotency-key': 'key-exact' },
      });
    expect((await startWith('[]')).status).toBe(400);
    for (let depth = 90; depth < 5000; depth += Math.ceil(depth / 50)) {
      const { status } = await startWith(`${'['.repeat(depth)}1${']'.repeat(depth)}`);
      expect(status, String(depth)).toBe(400);
    }
    const digest = (text: string) => repeatableRequest('k', ['p'], parseExactly(text))?.digest;
    expect(digest('{"a": 3.0}')).not.toBe(digest('{"a": 3}'));
    expect(digest('{"a": 9007199254740993}')).not.toBe(digest('{"a": 9007199254740992}'));
  });

  it('do not return a group that the caller left', async () => {
    const body = { name: 'Left', members: [bob.id] };
    const { id } = (await create('key-left', body)).json;
    await stack.request('PUT', `/groups/${id}`, { token: bob.token, body: { members: [bob.id] } });
    const again = await create('key-left', body);
    expect([again.status, again.json.code]).toEqual([403, 'auth.not-authorized']);
  });

  it('start one run, concurrently or in sequence', async () => {
    const body = await names();
    const responses = await Promise.all([1, 2, 3].map(() => start('key-1', body)));
    const ended = await stack.ended(responses[0]?.json.id, alice.token);
    responses.push(await start('key-1', body));
    expect(responses.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(new Set(responses.map(({ json }) => json.id)).size).toBe(1);
    // Its rank and its usage are known a moment after its end.
    const { rank: _, usage: __, ...handle } = ended;
    const { usage: ___, ...repeated } = responses[3]?.json ?? {};
    expect(repeated).toEqual(handle);
    expect(await runs()).toHaveLength(1);
  });

  it('count as different for another caller, key or path', async () => {
    const body = await names();
    const ids = [
      await start('key-1', body, bob.token),
      await start('key-2', body),
      await start('key-2', body, bob.token),
    ].map(({ json }) => json.id);
    expect(new Set([...ids, ...(await runs()).map(({ id }) => id)]).size).toBe(4);
  });

  it('are rejected if their content differs', async () => {
    for (const response of [await create('key-1', { name: 'Other' }), await start('key-1', await names())]) {
      expect([response.status, response.json.code]).toEqual([422, 'request.idempotency-reused']);
    }
  });

  it('return 404 after their object is deleted, and create no second one', async () => {
    const body = await names();
    const { json } = await start('key-3', body);
    await stack.ended(json.id, alice.token);
    await stack.request('DELETE', `/runs/${json.id}`, { token: alice.token });
    const again = await start('key-3', body);
    expect([again.status, again.json.message]).toEqual([404, `unknown run '${json.id}'`]);
  });

  it('may be repeated after an error', async () => {
    const rejected = await create('key-4', { name: 'First' });
    expect(rejected.status).toBe(400);
    expect((await create('key-4', { name: 'Now' })).status).toBe(201);
  });

  it('are forgotten after a day', async () => {
    const request = repeatableRequest('key-4', ['group', alice.id, 'HW'], { name: 'Now' });
    const later = { ...stack.services, now: () => new Date(Date.now() + 25 * 3_600_000) };
    expect(await earlierResult(stack.services, request)).toBeDefined();
    expect(await earlierResult(later, request)).toBeUndefined();
  });

  it('require a key of plain characters', async () => {
    for (const key of ['a b', 'x'.repeat(256), '\u00e9']) {
      const { status, json } = await create(key, { name: 'Never' });
      expect([status, json.code]).toEqual([400, 'request.idempotency']);
    }
  });
});
