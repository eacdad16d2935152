import { beforeAll, describe, expect, it } from 'vitest';
import { fileArgument, installTemplate, oneStep, start } from '../end-to-end/install-template.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

/** Identifiers, links and tokens of other users, or from a former membership, give no access. */
const stack = useStack({ check: 'consistency' });
const withFile = oneStep(['cat data.txt'], 'parameters:\n  - {name: data, dtype: file, target: data.txt}\n');
let alice: { id: string; token: string };
let mallory: { id: string; token: string };
let hers: string;
let own: string;

beforeAll(async () => {
  alice = await stack.user('alice');
  mallory = await stack.user('mallory');
  await installTemplate(stack, withFile, {}, { id: 'W' });
  hers = await stack.group('W', alice.token, 'Hers');
  own = await stack.group('W', mallory.token, 'Own');
});

const asMallory = (method: string, path: string, body?: unknown) =>
  stack.request(method, path, { token: mallory.token, ...(body === undefined ? {} : { body }) });

describe('identifiers of another group', () => {
  it("of an upload are unknown in the caller's own group", async () => {
    const { json } = await stack.upload(hers, alice.token, 'secret.txt', 'secret');
    const paths = [`/uploads/${own}/files/${json.id}`, `/uploads/${own}/direct/${json.id}/complete`];
    expect((await asMallory('GET', paths[0] ?? '')).status).toBe(404);
    expect((await asMallory('DELETE', paths[0] ?? '')).status).toBe(404);
    expect((await asMallory('POST', paths[1] ?? '', { parts: [] })).status).toBe(404);
    const argument = { type: '$file', value: { fileId: json.id } };
    expect((await start(stack, own, mallory.token, { data: argument })).status).toBe(404);
    expect(
      (await stack.request('GET', `/uploads/${hers}/files/${json.id}`, { token: alice.token })).text,
    ).toBe('secret');
  });

  it("of a multipart upload are unknown in the caller's own group, for every request", async () => {
    const begin = await stack.request('POST', `/uploads/${hers}/direct`, {
      token: alice.token,
      body: { name: 'a', size: 3 },
    });
    const path = `/uploads/${own}/direct/${begin.json.id}`;
    expect((await asMallory('POST', `${path}/parts`, { numbers: [1] })).status).toBe(404);
    const parts = [{ number: 1, etag: '"0"' }];
    expect((await asMallory('POST', `${path}/complete`, { parts })).status).toBe(404);
    expect((await asMallory('DELETE', path)).status).toBe(404);
    const mine = `/uploads/${hers}/direct/${begin.json.id}`;
    expect((await stack.request('DELETE', mine, { token: alice.token })).status).toBe(204);
  });

  it("of a result are unknown in the caller's own run", async () => {
    const run = async (group: string, token: string, text: string) => {
      const { json } = await start(stack, group, token, {
        data: await fileArgument(stack, group, token, text),
      });
      return stack.ended(json.id, token);
    };
    const [theirs, mine] = await Promise.all([
      run(hers, alice.token, 'secret'),
      run(own, mallory.token, 'open'),
    ]);
    for (const { id } of theirs.files ?? []) {
      expect((await asMallory('GET', `/runs/${mine.id}/downloads/files/${id}`)).status).toBe(404);
      expect((await asMallory('GET', `/runs/${theirs.id}/downloads/files/${id}`)).status).toBe(403);
    }
    for (const [method, path] of [
      ['GET', ''],
      ['PUT', ''],
      ['DELETE', ''],
      ['GET', '/downloads/archive'],
    ] as const) {
      expect((await asMallory(method, `/runs/${theirs.id}${path}`)).status).toBe(403);
    }
  });
});

describe('a former member of a group', () => {
  it('cannot complete an upload that began as a member, and has no other access', async () => {
    const group = await stack.group('W', alice.token, 'Shared');
    const change = (members: readonly string[]) =>
      stack.request('PUT', `/groups/${group}`, { token: alice.token, body: { name: 'Shared', members } });
    await change([alice.id, mallory.id]);
    const begun = await asMallory('POST', `/uploads/${group}/direct`, { name: 'a', size: 3 });
    expect(begun.status).toBe(201);
    const put = await fetch(begun.json.parts[0].url, { method: 'PUT', body: 'abc' });
    expect((await change([alice.id])).status).toBe(200);
    const etag = put.headers.get('etag');
    const complete = `/uploads/${group}/direct/${begun.json.id}/complete`;
    expect((await asMallory('POST', complete, { parts: [{ number: 1, etag }] })).status).toBe(403);
    expect((await asMallory('GET', `/groups/${group}`)).status).toBe(403);
    expect((await start(stack, group, mallory.token)).status).toBe(403);
    expect((await stack.upload(group, mallory.token, 'a.txt', 'x')).status).toBe(403);
    expect((await asMallory('GET', '/groups')).json.groups.map(({ id }: { id: string }) => id)).toEqual([
      own,
    ]);
    await stack.request('DELETE', `/uploads/${group}/direct/${begun.json.id}`, { token: alice.token });
  });
});

describe('a reused identifier of a group', () => {
  it('gives no access to data of the former group', async () => {
    const create = (token: string) =>
      stack.request('POST', '/workflows/W/groups', { token, body: { id: 'REUSED', name: 'Reused' } });
    expect((await create(alice.token)).status).toBe(201);
    const { json: upload } = await stack.upload('REUSED', alice.token, 'secret.txt', 'secret');
    const argument = { type: '$file', value: { fileId: upload.id } };
    const { json: run } = await start(stack, 'REUSED', alice.token, { data: argument });
    await stack.ended(run.id, alice.token);
    await stack.request('DELETE', '/groups/REUSED', { token: alice.token });
    // The identifier is free when the group was purged.
    await expect.poll(async () => (await create(mallory.token)).status).toBe(201);
    expect((await asMallory('GET', `/uploads/REUSED/files/${upload.id}`)).status).toBe(404);
    expect((await start(stack, 'REUSED', mallory.token, { data: argument })).status).toBe(404);
    expect((await asMallory('GET', `/runs/${run.id}`)).status).toBe(404);
    expect((await stack.request('GET', '/groups/REUSED', { token: alice.token })).status).toBe(403);
    await asMallory('DELETE', '/groups/REUSED');
  });
});

describe('a token', () => {
  it('is invalid after a logout and after a password reset, in every form of sending it', async () => {
    const heather = await stack.user('heather');
    const second = await stack.request('POST', '/users/login', {
      body: { username: 'heather', password: 'password of heather' },
    });
    await stack.request('POST', '/users/logout', { token: heather.token });
    const whoami = (headers: Record<string, string>) => stack.request('GET', '/users/whoami', { headers });
    const forms = (token: string) => [
      { api_key: token },
      { authorization: `Bearer ${token}` },
      { cookie: `api_key=${token}` },
    ];
    for (const headers of forms(heather.token)) expect((await whoami(headers)).status).toBe(403);
    expect((await whoami({ api_key: second.json.token })).status).toBe(200);
    const { json } = await stack.request('POST', '/users/password/request', {
      body: { username: 'heather' },
    });
    const reset = { requestId: json.requestId, password: 'another password' };
    expect((await stack.request('POST', '/users/password/reset', { body: reset })).status).toBe(200);
    for (const headers of forms(second.json.token)) expect((await whoami(headers)).status).toBe(403);
    expect((await stack.request('POST', '/users/password/reset', { body: reset })).status).toBe(404);
  });
});

describe('names', () => {
  it('cannot inject headers into a download', async () => {
    const form = new FormData();
    form.append('file', new Blob(['x']), 'a\r\nSet-Cookie: api_key=1\r\n\r\n"; filename="b.html');
    const { json, status } = await stack.request('POST', `/uploads/${own}/files`, {
      token: mallory.token,
      form,
    });
    expect(status).toBe(201);
    const { headers } = await asMallory('GET', `/uploads/${own}/files/${json.id}`);
    expect(headers.get('set-cookie')).toBeNull();
    expect(headers.get('content-disposition')).toMatch(/^attachment; filename="?[\w.-]+"?$/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('such as __proto__ are treated like others, in bodies and in arguments', async () => {
    const polluted = JSON.parse(
      '{"name":"Proto","__proto__":{"members":["x"]},"constructor":{"prototype":{"a":1}}}',
    );
    const { status } = await asMallory('POST', '/workflows/W/groups', JSON.stringify(polluted));
    expect([201, 400]).toContain(status);
    const list = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'].map((name) => ({
      name,
      value: 'x',
    }));
    for (const argument of list) {
      const response = await asMallory('POST', `/groups/${own}/runs`, { arguments: [argument] });
      expect([400, 404]).toContain(response.status);
    }
    expect(({} as Record<string, unknown>).a).toBeUndefined();
    for (const { id, name } of (await asMallory('GET', '/groups')).json.groups)
      if (name === 'Proto') await asMallory('DELETE', `/groups/${id}`);
  });
});
