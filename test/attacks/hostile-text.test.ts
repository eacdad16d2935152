import { beforeAll, describe, expect, it } from 'vitest';
import { type Key, keys } from '../../shared/store/keys.ts';
import { nameKey } from '../../shared/store/name-keys.ts';
import { installTemplate, start } from '../end-to-end/install-template.ts';
import { fixture } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

const stack = useStack({ check: 'faults' });
let alice: { id: string; token: string };
let group: string;

beforeAll(async () => {
  alice = await stack.user('alice');
  await stack.install(fixture('hello-world'), { id: 'HW' });
  group = await stack.group('HW', alice.token, 'Alice');
});

describe('a text that is slow to parse', () => {
  /** The server is one process: while it parses one text, all other requests wait. */
  const hostile = [`a${'.'.repeat(200_000)}b`, `a${'._'.repeat(200_000)}b`, '\u{fdfa}'.repeat(100_000)];

  it('is rejected as the name of an upload', async () => {
    for (const name of hostile) {
      const upload = await stack.upload(group, alice.token, name, 'content');
      expect(upload.status).toBe(400);
      const direct = await stack.request('POST', `/uploads/${group}/direct`, {
        token: alice.token,
        body: { name, size: 1 },
      });
      expect(direct.status).toBe(400);
    }
  });

  it('is rejected as any text of a body or a query', async () => {
    const long = 'x'.repeat(40_000);
    for (const [path, body] of [
      ['/users/register', { username: long, password: 'x' }],
      ['/users/login', { username: 'alice', password: long }],
      ['/users/password/reset', { requestId: long, password: 'x' }],
      ['/workflows/HW/groups', { name: long }],
      ['/workflows/HW/groups', { name: 'x', parameters: Array(10_001).fill({}) }],
      [`/groups/${group}`, { members: [long] }],
    ] as const) {
      const method = path.startsWith('/groups') ? 'PUT' : 'POST';
      const { status, text } = await stack.request(method, path, { token: alice.token, body });
      expect([path, status]).toEqual([path, 400]);
      expect(text.length).toBeLessThan(1000);
    }
  });
});

describe('a step of a participant', () => {
  it('is rejected if all of its commands together are slow to scan', async () => {
    const template = `workflow:
  steps: [{name: own, action: "$[[own]]"}]
parameters:
  - {name: own, dtype: actor}
  - {name: x, dtype: string}
`;
    const own = await stack.group(await installTemplate(stack, template), alice.token, 'Own');
    const commands = Array(5).fill(`${'sh '.repeat(20_000)} "\${x}"`);
    const step = { environment: 'python:3.9', commands };
    const { status, json } = await start(stack, own, alice.token, { own: step, x: 'x' });
    expect([status, json.message]).toEqual([400, expect.stringContaining('characters in all')]);
  });
});

describe('a name that looks like another one', () => {
  const create = (name: string) =>
    stack.request('POST', '/workflows/HW/groups', { token: alice.token, body: { name } });
  const register = (username: string) =>
    stack.request('POST', '/users/register', { body: { username, password: 'secret', verify: false } });
  const login = (username: string) =>
    stack.request('POST', '/users/login', { body: { username, password: 'secret' } });

  it.each([
    ['a zero-width space', 'Ali\u200bce', 'U+200B'],
    ['a right-to-left override', 'Alice \u202egnikcah', 'U+202E'],
    ['an isolate', '\u2066Alice', 'U+2066'],
    ['a soft hyphen', 'Al\u00adice', 'U+00AD'],
    ['a control character', 'Al\u0007ice', 'U+0007'],
    ['an inner line break', 'Alice\nBob', 'U+000A'],
    ['an escape sequence', '\u001b[31mAlice', 'U+001B'],
    ['an inner byte order mark', 'Al\ufeffice', 'U+FEFF'],
    ['an invisible letter', 'Alice\u3164', 'U+3164'],
  ])('is rejected for %s', async (_what, name, character) => {
    for (const response of [await create(name), await register(name)]) {
      expect(response.status).toBe(400);
      expect(response.json.message).toContain(character);
    }
    const { message } = (
      await stack.request('PUT', `/groups/${group}`, { token: alice.token, body: { name } })
    ).json;
    expect(message).toContain(character);
  });

  it.each(['alice', 'ALICE', 'Ａｌｉｃｅ', 'Al\u200dice', 'Alic\u{1d41e}'])(
    'is rejected as taken in the form %j',
    async (name) => {
      const response = await create(name);
      expect([response.status, response.json.code]).toEqual([400, 'group.duplicate']);
      const user = await register(name);
      expect([user.status, user.json.code]).toEqual([400, 'user.duplicate']);
    },
  );

  it('is accepted at login only in the form that was registered', async () => {
    expect((await register('Straße Ⅳ')).status).toBe(201);
    expect((await register('STRASSE IV')).json.code).toBe('user.duplicate');
    expect((await login('Straße Ⅳ')).status).toBe(200);
    expect((await login('strasse iv')).status).toBe(404);
  });

  it('is free after its group is deleted, and a group may change the case of its own name', async () => {
    const { json } = await create('Équipe');
    expect((await create('ÉQUIPE')).status).toBe(400);
    const renamed = await stack.request('PUT', `/groups/${json.id}`, {
      token: alice.token,
      body: { name: 'ÉQUIPE' },
    });
    expect([renamed.status, renamed.json.name]).toEqual([200, 'ÉQUIPE']);
    expect((await create('équipe')).status).toBe(400);
    await stack.request('DELETE', `/groups/${json.id}`, { token: alice.token });
    await expect.poll(async () => (await create('équipe')).status).toBe(201);
  });

  it('is also rejected if an earlier version stored the other group or user', async () => {
    const { table } = stack.services;
    const { json } = await create('Old Team');
    await asEarlierVersion((text) => keys.groupName('HW', text), 'Old Team');
    expect((await create('Old Team')).json.code).toBe('group.duplicate');
    const members = [alice.id];
    const changed = await stack.request('PUT', `/groups/${json.id}`, {
      token: alice.token,
      body: { members },
    });
    expect(changed.status).toBe(200);
    await stack.request('PUT', `/groups/${json.id}`, { token: alice.token, body: { name: 'New Team' } });
    expect(await table.get(keys.groupName('HW', 'Old Team'))).toBeUndefined();

    await register('Carol');
    await asEarlierVersion(keys.userName, 'Carol');
    expect((await login('Carol')).status).toBe(200);
    for (const name of ['Carol', 'carol', 'CAROL']) expect((await register(name)).status).toBe(400);
  });

  /** Stores a name in the form of earlier versions, which reserved the exact text. */
  async function asEarlierVersion(keyOf: (text: string) => Key, name: string): Promise<void> {
    const { table } = stack.services;
    const reserved = nameKey(keyOf, name);
    const item = await table.get(reserved);
    await table.transact([table.write.put({ ...item, ...keyOf(name) }), table.write.remove(reserved)]);
  }
});
