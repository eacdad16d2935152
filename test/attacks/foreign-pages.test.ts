import { beforeAll, describe, expect, it } from 'vitest';
import { rawRequest } from '../api-http/raw-request.ts';
import { fixture, runStack } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

/** A malicious page in the user's browser, while the server runs on the same host. */
const FOREIGN = 'https://page.example';
const ALLOWED = 'https://board.example';

const stack = useStack({
  env: { FLOWSERV_ALLOWED_ORIGINS: `loopback,${ALLOWED}`, FLOWSERV_ALLOWED_HOSTS: 'bench.example' },
  check: 'faults',
});
let alice: { id: string; token: string };
let group: string;

beforeAll(async () => {
  alice = await stack.user('alice');
  await stack.install(fixture('hello-world'), { id: 'HW' });
  group = await stack.group('HW', alice.token, 'Alice');
});

const preflight = (origin: string, method: string, headers?: string) =>
  stack.request('OPTIONS', '/groups', {
    headers: {
      origin,
      'access-control-request-method': method,
      ...(headers ? { 'access-control-request-headers': headers } : {}),
    },
  });

describe('a page whose domain resolves to this host', () => {
  const asked = async (url: string, host: string, path = new URL(url).pathname) =>
    (await rawRequest(url, { path, headers: { host } })).status;

  it('is rejected by the gateway with a message that names the setting', async () => {
    const { pathname } = new URL(stack.url);
    const response = await rawRequest(stack.url, {
      method: 'POST',
      path: `${pathname}/users/register`,
      headers: { host: 'rebound.example:5000', 'content-type': 'application/json' },
      body: '{"username":"mallory","password":"x"}',
    });
    expect(response.status).toBe(421);
    expect(response.json().message).toContain('FLOWSERV_ALLOWED_HOSTS');
    const { json } = await stack.request('GET', '/users', { token: alice.token });
    expect(json.users.map(({ username }: { username: string }) => username)).toEqual(['alice']);
  });

  it.each([
    ['localhost.rebound.example', 421],
    ['127.0.0.1.rebound.example', 421],
    ['127.0.0.1:80.rebound.example', 421],
    ['0.0.0.0:5000', 421],
    ['169.254.1.1', 421],
    ['localhost', 200],
    ['LOCALHOST:80', 200],
    ['127.3.2.1:5000', 200],
    ['[::1]:5000', 200],
    ['bench.example:443', 200],
  ])('the host %j gets %i', async (host, status) => {
    expect(await asked(`${stack.url}/`, host)).toBe(status);
  });

  it('cannot reach the services behind the gateway', async () => {
    const { operator } = stack;
    const services = Object.entries(operator).filter(([name]) => name.startsWith('AWS_ENDPOINT_URL_'));
    expect(services).toHaveLength(6);
    for (const [name, url] of services) {
      expect([name, await asked(url, 'rebound.example', '/')]).toEqual([name, 421]);
      expect([name, await asked(url, 'localhost', '/')]).not.toEqual([name, 421]);
    }
  });
});

describe('a foreign page', () => {
  it('may read public data', async () => {
    for (const path of ['/', '/workflows', '/workflows/HW', '/workflows/HW/leaderboard']) {
      const { status, headers } = await stack.request('GET', path, { headers: { origin: FOREIGN } });
      expect([status, headers.get('access-control-allow-origin')]).toEqual([200, FOREIGN]);
      expect(headers.get('access-control-allow-credentials')).toBeNull();
    }
    const allowed = await preflight(FOREIGN, 'GET', 'if-none-match');
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-headers')).not.toMatch(/api_key|authorization/);
    expect(allowed.headers.get('access-control-allow-methods')).not.toMatch(/POST|PUT|DELETE/);
  });

  it.each([
    ['GET', 'api_key'],
    ['GET', 'accept, Authorization'],
    ['POST', 'content-type'],
    ['PUT', 'content-type'],
    ['DELETE', undefined],
  ])('gets no permission in a preflight request for %s with %s', async (method, names) => {
    const response = await preflight(FOREIGN, method, names);
    expect(response.status).toBe(403);
    expect(response.json.message).toContain('FLOWSERV_ALLOWED_ORIGINS');
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  it.each(['text/plain', 'application/json', 'application/x-www-form-urlencoded', 'multipart/form-data'])(
    'cannot register, log in or upload with the content type %s',
    async (type) => {
      for (const origin of [
        FOREIGN,
        'null',
        'http://localhost.page.example',
        'http://127.0.0.1.page.example',
      ]) {
        const headers = { origin, 'content-type': type };
        const body = { username: 'mallory', password: 'x', verify: false };
        const register = await stack.request('POST', '/users/register', { headers, body });
        expect([register.status, register.json.code]).toEqual([403, 'origin.foreign']);
        const upload = await stack.request('POST', `/uploads/${group}/files`, { headers, body: 'x' });
        expect(upload.status).toBe(403);
        expect(upload.headers.get('access-control-allow-origin')).toBeNull();
      }
    },
  );

  it('gets no data, even with a valid token', async () => {
    const bearer = { authorization: `Bearer ${alice.token}`, origin: FOREIGN };
    const responses = [
      await stack.request('GET', '/groups', { token: alice.token, headers: { origin: FOREIGN } }),
      await stack.request('GET', '/groups', { headers: bearer }),
      await stack.request('DELETE', `/groups/${group}`, { token: alice.token, headers: { origin: FOREIGN } }),
    ];
    expect(responses.map(({ status }) => status)).toEqual([403, 403, 403]);
    for (const { headers } of responses) expect(headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('an allowed page', () => {
  it.each([ALLOWED, 'http://localhost:3000', 'http://127.0.0.1:8080', 'http://[::1]:9'])(
    'on %s acts as its user',
    async (origin) => {
      const asked = await preflight(origin, 'POST', 'api_key,content-type');
      expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([204, origin]);
      const list = await stack.request('GET', '/groups', { token: alice.token, headers: { origin } });
      expect([list.status, list.headers.get('vary')]).toEqual([200, expect.stringContaining('Origin')]);
    },
  );

  it('must send JSON as application/json, which requires a preflight request', async () => {
    const body = { name: 'Group', members: [] };
    const post = (type: string) =>
      stack.request('POST', '/workflows/HW/groups', {
        token: alice.token,
        headers: { origin: ALLOWED, 'content-type': type },
        body: { ...body, name: type },
      });
    expect((await post('application/json; charset=utf-8')).status).toBe(201);
    for (const type of ['text/plain', 'text/plain;application/json', 'multipart/form-data', '']) {
      const response = await post(type);
      expect([response.status, response.json.code]).toEqual([415, 'request.media-type']);
      expect(response.json.message).toContain('application/json');
    }
  });

  it('may omit the content type of an empty body, and may upload forms', async () => {
    const form = new FormData();
    form.append('file', new Blob(['x']), 'x.txt');
    const headers = { origin: ALLOWED };
    const upload = await stack.request('POST', `/uploads/${group}/files`, {
      token: alice.token,
      headers,
      form,
    });
    expect(upload.status).toBe(201);
    const path = `/uploads/${group}/files/${upload.json.id}`;
    expect((await stack.request('DELETE', path, { token: alice.token, headers })).status).toBe(204);
  });
});

describe('a server that other hosts can reach', () => {
  it('allows password resets only for its operator by default', async () => {
    const bind = { FLOWSERV_API_BIND: '0.0.0.0' };
    for (const [env, reset] of [
      [bind, 'operator'],
      [{ ...bind, FLOWSERV_PASSWORD_RESET: 'direct' }, 'direct'],
    ] as const) {
      const exposed = await runStack(env, { isolate: false });
      try {
        expect(exposed.services.config.passwordReset).toBe(reset);
        expect(exposed.warnings).toEqual([expect.stringContaining('0.0.0.0')]);
      } finally {
        await exposed.close();
      }
    }
    expect([stack.services.config.passwordReset, stack.warnings]).toEqual(['direct', []]);
  });

  it('gives a foreign page no data when all callers are the same user', async () => {
    const open = await runStack({ FLOWSERV_AUTH: 'open' }, { isolate: false });
    try {
      const response = await open.request('GET', '/groups', { headers: { origin: FOREIGN } });
      expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([403, null]);
    } finally {
      await open.close();
    }
  });
});
