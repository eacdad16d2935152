import { beforeAll, describe, expect, it } from 'vitest';
import { fixture } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

describe('downloading a file', () => {
  const stack = useStack();
  let token = '';
  let group = '';
  let file = '';
  let archive = '';
  let result = '';
  let cookie = '';

  beforeAll(async () => {
    await stack.user('alice');
    const account = { username: 'alice', password: 'password of alice' };
    const session = await stack.request('POST', '/users/login', { body: account });
    token = session.json.token;
    cookie = session.headers.getSetCookie()[0] ?? '';
    await stack.install(fixture('hello-world'), { id: 'HW' });
    group = await stack.group('HW', token, 'Alice');
    file = `/uploads/${group}/files/${(await stack.upload(group, token, 'na mé.csv', 'a,b\n')).json.id}`;
    const run = await stack.ended(
      (await stack.greet(group, token, 'Ann\n', [{ name: 'sleeptime', value: 0 }])).id,
      token,
    );
    archive = `/runs/${run.id}/downloads/archive`;
    result = `/runs/${run.id}/downloads/files/${run.files[0].id}`;
  });

  const manual = (path: string, init: RequestInit = {}) =>
    fetch(`${stack.url}${path}`, { redirect: 'manual', ...init });

  it('K1: returns a link instead of the bytes, with name, size and type', async () => {
    const { status, json } = await stack.request('GET', `${file}?link=json`);
    expect([status, json.name, json.size, json.type]).toEqual([
      200,
      'na_me.csv',
      4,
      'text/csv; charset=utf-8',
    ]);
    const left = (Date.parse(json.expiresAt) - Date.now()) / 1000;
    expect(left).toBeGreaterThan(880);
    expect(left).toBeLessThanOrEqual(900);
    const bytes = await fetch(json.url, { headers: { origin: 'null' } });
    expect(await bytes.text()).toBe('a,b\n');
    expect(bytes.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(bytes.headers.get('content-disposition')).toBe('attachment; filename=na_me.csv');
    expect(bytes.headers.get('access-control-allow-origin')).toBe('*');
    expect((await fetch(json.url, { method: 'PUT', body: 'x' })).status).toBe(403);
    expect((await fetch(json.url, { method: 'HEAD' })).status).toBe(403);
  });

  it('returns a link to an archive to members only', async () => {
    expect((await stack.request('GET', `${archive}?link=json`)).status).toBe(403);
    const { json } = await stack.request('GET', `${archive}?link=json`, { token });
    expect([json.name, json.type]).toEqual(['run.tar.gz', 'application/gzip']);
    const bytes = Buffer.from(await (await fetch(json.url)).arrayBuffer());
    expect(bytes.length).toBe(json.size);
    expect(bytes.subarray(0, 2).toString('hex')).toBe('1f8b');
  });

  it('ignores other values of `link`', async () => {
    expect((await stack.request('GET', `${file}?link=yes`)).text).toBe('a,b\n');
  });

  it('redirects a range request to S3', async () => {
    const headers = { range: 'bytes=2-2' };
    const redirect = await manual(file, { headers });
    expect(redirect.status).toBe(302);
    const part = await fetch(redirect.headers.get('location') ?? '', { headers });
    expect([part.status, await part.text()]).toEqual([206, 'b']);
  });

  /** Headers of one request or connection, such as the signature of a link. */
  const PASSING = ['date', 'apigw-requestid', 'location', 'connection', 'keep-alive'];
  const headOf = async (path: string, init: RequestInit) => {
    const { status, headers } = await manual(path, init);
    return { status, ...Object.fromEntries([...headers].filter(([name]) => !PASSING.includes(name))) };
  };

  it('responds to HEAD with the headers of the download (report 22)', async () => {
    const asked = { headers: { api_key: token } };
    for (const path of [file, result, archive, `${file}?link=json`]) {
      const head = await headOf(path, { ...asked, method: 'HEAD' });
      expect(head).toEqual(await headOf(path, asked));
      expect(head, path).toMatchObject({ status: 200, 'content-length': expect.stringMatching(/^[1-9]/) });
    }
    expect(await headOf(file, { method: 'HEAD' })).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename=na_me.csv',
      'content-length': '4',
    });
    expect(await headOf('/runs/unknown/downloads/archive', { ...asked, method: 'HEAD' })).toMatchObject({
      status: 404,
      'content-type': 'application/json',
    });
  });

  it('redirects HEAD of a large file to a link that allows HEAD (report 22)', async () => {
    const large = 'x'.repeat(4 * 1024 * 1024 + 1);
    const path = `/uploads/${group}/files/${(await stack.upload(group, token, 'large.txt', large)).json.id}`;
    expect(await headOf(path, { method: 'HEAD' })).toEqual(await headOf(path, {}));
    const location = (await manual(path, { method: 'HEAD' })).headers.get('location') ?? '';
    const head = await fetch(location, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(large.length)]);
    expect(head.headers.get('content-disposition')).toBe('attachment; filename=large.txt');
    expect((await fetch(location)).status).toBe(403);
    const bytes = await fetch(`${stack.url}${path}`);
    expect(bytes.headers.get('etag')).toBe(head.headers.get('etag'));
    await bytes.body?.cancel();
  });

  it('accepts the cookie of the login for downloads only', async () => {
    expect(cookie).toMatch(
      /^__Host-flowserv=[\w-]{43}; Path=\/; Max-Age=86400; Secure; HttpOnly; SameSite=Strict$/,
    );
    const headers = { cookie: `other=1; ${cookie.split(';')[0]}` };
    expect((await manual(archive, { headers })).status).toBe(200);
    expect((await manual(archive)).status).toBe(403);
    for (const [method, path] of [
      ['GET', '/users/whoami'],
      ['GET', `/groups/${group}`],
      ['GET', `/uploads/${group}/files`],
      ['DELETE', file],
      ['POST', `/groups/${group}/runs`],
      ['DELETE', `/groups/${group}`],
    ] as const) {
      expect((await manual(path, { method, headers })).status, `${method} ${path}`).toBe(403);
    }
    const { username } = (await (await manual('/', { headers })).json()) as { username?: string };
    expect(username).toBeUndefined();
  });

  it('ignores a junk token, so that a bearer token or the cookie counts', async () => {
    for (const api_key of ['null', 'undefined', 'None', '']) {
      const bearer = { api_key, authorization: `Bearer ${token}` };
      expect((await manual('/users/whoami', { headers: bearer })).status, api_key).toBe(200);
      const browser = { api_key, cookie: cookie.split(';')[0] ?? '' };
      expect((await manual(archive, { headers: browser })).status, api_key).toBe(200);
    }
  });

  it('prefers a header over the cookie, and ends both on logout', async () => {
    const headers = { cookie: cookie.split(';')[0] ?? '' };
    expect((await manual(archive, { headers: { ...headers, api_key: 'unknown' } })).status).toBe(403);
    const out = await stack.request('POST', '/users/logout', { token, body: {} });
    expect(out.headers.getSetCookie()[0]).toMatch(/^__Host-flowserv=; Path=\/; Max-Age=0; Secure/);
    expect((await manual(archive, { headers })).status).toBe(403);
  });
});
