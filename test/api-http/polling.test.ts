import { beforeAll, describe, expect, it } from 'vitest';
import { fixture } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { quiet } from './stored.ts';

describe('responses to clients that poll', () => {
  const stack = useStack();
  let token = '';
  let group = '';
  let run = '';
  beforeAll(async () => {
    token = (await stack.user('alice')).token;
    await stack.install(fixture('hello-world'), { id: 'HW' });
    group = await stack.group('HW', token, 'Alice');
    run = (
      await stack.ended(
        (
          await stack.greet(group, token, 'Ann\n', [{ name: 'sleeptime', value: 0 }])
        ).id,
        token,
      )
    ).id;
    await quiet(stack.services);
  });

  const get = (path: string, headers: Record<string, string> = {}) =>
    stack.request('GET', path, { token, headers });
  const paths = () => [
    '/workflows',
    '/workflows/HW',
    '/workflows/HW/leaderboard',
    '/workflows/HW/arguments-schema',
    `/groups/${group}`,
    `/groups/${group}/runs`,
    `/runs/${run}`,
    '/openapi.json',
  ];

  it('carry an ETag, and are not sent again for the same ETag', async () => {
    for (const path of paths()) {
      const first = await get(path);
      const etag = first.headers.get('etag') ?? '';
      expect([first.status, etag], path).toEqual([200, expect.stringMatching(/^"[\w-]{27}(\.\w{1,32})*"$/)]);
      expect(first.headers.get('cache-control')).toBe('private, no-cache');
      expect(first.headers.get('vary')).toContain('api_key');
      const origin = 'http://localhost:3000';
      for (const asked of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
        const again = await get(path, { 'if-none-match': asked, origin });
        expect([again.status, again.text, again.headers.get('etag')], path).toEqual([304, '', etag]);
        expect(again.headers.get('access-control-allow-origin')).toBe(origin);
      }
      expect((await get(path, { 'if-none-match': '"other"' })).status).toBe(200);
    }
  });

  it('have a different ETag after each change', async () => {
    const tags = async () => Promise.all(paths().map(async (path) => (await get(path)).headers.get('etag')));
    const before = await tags();
    expect(await tags()).toEqual(before);
    await stack.ended(
      (await stack.greet(group, token, 'Annabel\n', [{ name: 'sleeptime', value: 0 }])).id,
      token,
    );
    // The run is not the first of the ranking any more.
    await quiet(stack.services);
    const after = await tags();
    const changed = paths().filter((_path, index) => before[index] !== after[index]);
    expect(changed).toEqual([
      '/workflows/HW/leaderboard',
      `/groups/${group}`,
      `/groups/${group}/runs`,
      `/runs/${run}`,
    ]);
  });

  it('have different ETags for members and anonymous callers', async () => {
    const own = await get('/workflows/HW');
    const etag = own.headers.get('etag') ?? '';
    const other = await stack.request('GET', '/workflows/HW', { headers: { 'if-none-match': etag } });
    expect(other.status).toBe(200);
  });

  it('are rejected before the ETag is compared', async () => {
    const etag = (await get(`/runs/${run}`)).headers.get('etag') ?? '';
    const rejected = await stack.request('GET', `/runs/${run}`, { headers: { 'if-none-match': etag } });
    expect(rejected.status).toBe(403);
  });

  it('can be requested by HEAD, like every GET route', async () => {
    for (const path of [...paths(), '/users/whoami', '/']) {
      const full = await get(path);
      const head = await stack.request('HEAD', path, { token });
      expect([head.status, head.text, head.headers.get('etag')], path).toEqual([
        200,
        '',
        full.headers.get('etag'),
      ]);
    }
    expect((await stack.request('HEAD', '/users/whoami')).status).toBe(403);
    expect((await stack.request('HEAD', '/users/login')).status).toBe(405);
  });

  it('of accounts must not be cached', async () => {
    const { headers } = await get('/users/whoami');
    expect([headers.get('cache-control'), headers.get('etag')]).toEqual(['no-store', null]);
  });
});
