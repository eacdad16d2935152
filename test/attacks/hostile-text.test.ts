import { beforeAll, describe, expect, it } from 'vitest';
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

describe('a text that is made to be slow to read', () => {
  /** The server is one process: as long as it reads one text, nobody else gets an answer. */
  const hostile = [`a${'.'.repeat(200_000)}b`, `a${'._'.repeat(200_000)}b`, '\u{fdfa}'.repeat(100_000)];

  it('is no name of an upload', async () => {
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

  it('is refused as any text of a body or a query', async () => {
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
