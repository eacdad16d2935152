import { beforeAll, describe, expect, it } from 'vitest';
import { routes } from '../../shared/api/routes.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { exchange, type RawRequest, rawRequest } from './raw-request.ts';

const LIMIT = 20_000;
const stack = useStack({ env: { ROB_WEBAPI_CONTENTLENGTH: String(LIMIT) } });
let base: string;
let alice: { id: string; token: string };

beforeAll(async () => {
  base = new URL(stack.url).pathname;
  alice = await stack.user('alice');
});

const raw = (request: RawRequest) => rawRequest(stack.url, request);
const patterns = async (): Promise<Record<string, string>> => {
  const { json } = await stack.request('GET', '/');
  return Object.fromEntries(
    json.routes.map(({ id, pattern }: { id: string; pattern: string }) => [id, pattern]),
  );
};

describe('the service descriptor', () => {
  it('B1: is served with and without a trailing slash', async () => {
    for (const path of ['', '/', '/?x=1']) {
      const response = await stack.request('GET', path);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('application/json');
      expect(Object.keys(response.json).sort()).toEqual(['name', 'routes', 'url', 'version']);
      expect(response.json.name).toBe('Reproducible and Reusable Data Analysis Workflow Server (API)');
      expect(response.json.version).toMatch(/^\d+\.\d+\.\d+/);
      expect(response.json.url).toBe(stack.url);
      expect(Object.keys(response.json.routes[0]).sort()).toEqual(['id', 'pattern']);
    }
  });

  it('B3: names the user of a valid session, and ignores every other token', async () => {
    expect((await stack.request('GET', '/', { token: alice.token })).json.username).toBe('alice');
    for (const token of [undefined, '', 'null', 'undefined', 'None', 'x'.repeat(5000)]) {
      const response = await stack.request('GET', '/', { token });
      expect(response.status).toBe(200);
      expect(response.json).not.toHaveProperty('username');
    }
  });

  it('B4: has the routes that clients know, spelled exactly', async () => {
    expect(await patterns()).toMatchObject({
      service: '',
      'users:activate': 'users/activate',
      'users:list': 'users',
      'users:login': 'users/login',
      'users:logout': 'users/logout',
      'users:pwd:request': 'users/password/request',
      'users:pwd:reset': 'users/password/reset',
      'users:register': 'users/register',
      'users:whoami': 'users/whoami',
      'workflows:list': 'workflows',
      'workflows:get': 'workflows/{workflowId}',
      'workflows:groups': 'workflows/{workflowId}/groups',
      'workflows:download:archive': 'workflows/{workflowId}/downloads/archive',
      'workflows:download:file': 'workflows/{workflowId}/downloads/files/{fileId}',
      leaderboard: 'workflows/{workflowId}/leaderboard?orderBy={orderBy}&includeAll={includeAll}',
      'groups:create': 'workflows/{workflowId}/groups',
      'groups:list': 'groups',
      'groups:get': 'groups/{userGroupId}',
      'groups:update': 'groups/{userGroupId}',
      'groups:delete': 'groups/{userGroupId}',
      'groups:runs': 'groups/{userGroupId}/runs?state={state}',
      'runs:start': 'groups/{userGroupId}/runs',
      'runs:get': 'runs/{runId}',
      'runs:cancel': 'runs/{runId}',
      'runs:delete': 'runs/{runId}',
      'runs:download:archive': 'runs/{runId}/downloads/archive',
      'runs:download:file': 'runs/{runId}/downloads/files/{fileId}',
      'files:list': 'uploads/{userGroupId}/files',
      'files:upload': 'uploads/{userGroupId}/files',
      'files:download': 'uploads/{userGroupId}/files/{fileId}',
      'files:delete': 'uploads/{userGroupId}/files/{fileId}',
    });
  });

  it('B5: has a leaderboard pattern with a query part, which clients cut off', async () => {
    const [path] = (await patterns()).leaderboard?.split('?') ?? [];
    expect(path).toBe('workflows/{workflowId}/leaderboard');
  });

  it('lists only routes that exist', async () => {
    for (const { methods, pattern } of routes) {
      const path = pattern.replace(/\?.*/, '').replaceAll(/\{\w+\}/g, 'x1');
      for (const method of methods) {
        const response = await stack.request(method, `/${path}`);
        expect([200, 400, 403, 404], `${method} ${path}`).toContain(response.status);
        if (response.status === 404) expect(response.json.message).not.toBe('unknown route');
      }
    }
  });
});

describe('CORS', () => {
  const origin = 'http://localhost:3000';

  it('B7: allows the methods and headers of all clients in a preflight', async () => {
    const response = await stack.request('OPTIONS', '/runs/x', {
      headers: {
        origin,
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'api_key,content-type',
      },
    });
    expect([200, 204]).toContain(response.status);
    const list = (name: string) =>
      response.headers.get(`access-control-allow-${name}`)?.toLowerCase().split(',');
    expect(list('headers')).toEqual(expect.arrayContaining(['api_key', 'content-type', 'accept']));
    expect(list('methods')).toEqual(expect.arrayContaining(['get', 'post', 'put', 'delete', 'options']));
    expect(list('origin')).toEqual([origin]);
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
  });

  it('B8: allows reading errors from other origins', async () => {
    const headers = { origin };
    const responses = [
      await stack.request('GET', '/workflows/unknown', { headers }),
      await stack.request('GET', '/unknown/route', { headers }),
      await stack.request('GET', '/users/whoami', { headers }),
      await stack.request('POST', '/users/login', { headers, body: '{' }),
      await stack.request('POST', '/users/login', { headers, body: 'x'.repeat(LIMIT + 1) }),
      await stack.request('POST', '/users/login', { headers, body: 'x'.repeat(7_000_000) }),
    ];
    expect(responses.map(({ status }) => status)).toEqual([404, 404, 403, 400, 413, 413]);
    for (const { headers: given, json } of responses) {
      expect(given.get('access-control-allow-origin')).toBe(origin);
      expect(json.message).toEqual(expect.any(String));
    }
  });
});

describe('errors', () => {
  it('B9: return 404 for an unknown route and 405 for a wrong method, both as JSON', async () => {
    for (const path of [
      '/unknown',
      '/users/login/',
      '/groups//runs',
      '/%2F',
      '/__proto__',
      '/constructor/x',
    ]) {
      const response = await stack.request('GET', path);
      expect([response.status, response.json.message]).toEqual([404, 'unknown route']);
    }
    for (const [method, path] of [
      ['GET', '/users/login'],
      ['PATCH', '/groups/x'],
      ['DELETE', '/workflows'],
      ['POST', '/'],
      ['PUT', '/users/whoami'],
    ] as const) {
      const response = await stack.request(method, path, { token: alice.token });
      expect([response.status, response.json.message]).toEqual([405, `method ${method} not allowed`]);
      expect(response.headers.get('allow')).toMatch(/^[A-Z]+(, [A-Z]+)*$/);
    }
    for (const method of ['PROPFIND', 'TRACE']) {
      expect((await raw({ method, path: `${base}/groups` })).status).toBe(405);
    }
  });

  it('B10: return 400 for a body that is missing or not valid JSON', async () => {
    for (const [body, message] of [
      [undefined, 'missing request body'],
      ['', 'missing request body'],
      ['  \n', 'missing request body'],
      ['{"username": "a"', 'request body is not valid JSON'],
      ['username=a&password=b', 'request body is not valid JSON'],
      ['[]', 'request body is not a JSON object'],
      ['"text"', 'request body is not a JSON object'],
      ['null', 'request body is not a JSON object'],
    ] as const) {
      const response = await stack.request('POST', '/users/register', { body });
      expect([response.status, response.json.message]).toEqual([400, message]);
    }
  });

  it('B11: return 413 for a body above the limit, but not at exactly the limit', async () => {
    const body = (size: number) => `{"username":"${'x'.repeat(size - 15)}"}`;
    const rejected = await stack.request('POST', '/users/password/request', { body: body(LIMIT + 1) });
    expect(rejected.status).toBe(413);
    expect(rejected.json.message).toContain(String(LIMIT));
    expect(rejected.json.error).toBe(rejected.json.message);
    expect((await stack.request('POST', '/users/password/request', { body: body(LIMIT) })).status).toBe(200);
  });

  it('return 413 for a body without a declared length too', async () => {
    const headers = { 'transfer-encoding': 'chunked', 'content-type': 'application/json' };
    const path = `${base}/users/password/request`;
    const response = await raw({ method: 'POST', path, headers, body: 'x'.repeat(LIMIT + 1) });
    expect([response.status, response.json().message]).toEqual([413, expect.any(String)]);
  });

  it('contain a request id and no internals', async () => {
    const { json, headers } = await stack.request('GET', '/workflows/unknown');
    expect(json).toEqual({
      message: "unknown workflow 'unknown'",
      code: 'workflow.unknown',
      requestId: headers.get('apigw-requestid'),
    });
  });

  it('are JSON for a path that is long, malformed or leaves its root', async () => {
    for (const [path, status] of [
      [`${base}/runs/${'x'.repeat(3000)}`, 404],
      [`${base}/runs/${'x'.repeat(20_000)}`, 431],
      [`${base}/runs/${'%C3%A9'.repeat(1000)}`, 404],
      [`${base}/runs/%zz`, 400],
      [`${base}/runs/%C3`, 400],
      [`${base}/../../etc/passwd`, 404],
      [`${base}/runs/..%2F..%2Fetc%2Fpasswd`, 404],
      [`${base}/runs/%00`, 404],
      [`${base}x/workflows`, 404],
      ['/', 404],
      ['//', 404],
    ] as const) {
      const response = await raw({ path, headers: { api_key: alice.token } });
      expect(response.status, path.slice(0, 100)).toBe(status);
      expect(response.json().message).toEqual(expect.any(String));
      expect(response.text.length).toBeLessThan(1000);
    }
  });

  it('are JSON for a request that is not HTTP', async () => {
    const response = await exchange(stack.url, 'HELLO\r\n\r\n');
    expect(response).toMatch(/^HTTP\/1\.1 400 /);
    expect(JSON.parse(response.split('\r\n\r\n')[1] ?? '')).toEqual({ message: 'Bad Request' });
  });

  it('and other responses must not be cached, and browsers must not guess their type', async () => {
    for (const path of ['/', '/workflows/unknown']) {
      const { headers } = await stack.request('GET', path);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });
});
