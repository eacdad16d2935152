import { afterEach, describe, expect, it } from 'vitest';
import type { CorsConfiguration } from '../../gateway/cors.ts';
import { closeProbeApis, startProbeApi } from './probe-api.ts';

const CORS: CorsConfiguration = {
  allowOrigins: ['*'],
  allowMethods: ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'],
  allowHeaders: ['api_key', 'content-type', 'accept'],
  exposeHeaders: ['etag', 'location'],
  maxAge: 600,
};
const ORIGIN = { origin: 'http://localhost:3000' };

afterEach(closeProbeApis);

describe('a preflight request', () => {
  it('B7: gets the configured methods and headers from the gateway', async () => {
    const api = await startProbeApi(undefined, { cors: CORS });

    const response = await fetch(`${api.endpoint}/any/path`, {
      method: 'OPTIONS',
      headers: {
        ...ORIGIN,
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'api_key',
      },
    });

    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-allow-methods')).toBe('GET,POST,PUT,DELETE,OPTIONS');
    expect(response.headers.get('access-control-allow-headers')).toBe('api_key,content-type,accept');
    expect(response.headers.get('access-control-max-age')).toBe('600');
    expect(response.headers.get('content-length')).toBeNull();
    expect(api.events).toEqual([]);
  });

  it.each([
    ['no origin', { 'access-control-request-method': 'GET' }],
    ['no requested method', ORIGIN],
  ])('gets a bare 204 with %s', async (_what, headers) => {
    const api = await startProbeApi(undefined, { cors: CORS });

    const response = await fetch(api.endpoint, { method: 'OPTIONS', headers });

    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    expect(api.events).toEqual([]);
  });

  it('reaches the function when CORS is not configured', async () => {
    const api = await startProbeApi(() => ({
      statusCode: 200,
      headers: { 'access-control-allow-origin': 'x' },
    }));

    const response = await fetch(api.endpoint, { method: 'OPTIONS', headers: ORIGIN });

    expect(response.status).toBe(200);
    expect(response.headers.get('access-control-allow-origin')).toBe('x');
    expect(api.events).toHaveLength(1);
  });
});

describe('the response to a cross-origin request', () => {
  it('has the configured headers instead of those of the function', async () => {
    const api = await startProbeApi(
      () => ({
        statusCode: 200,
        headers: { 'Access-Control-Allow-Origin': 'http://evil', 'access-control-allow-credentials': 'true' },
      }),
      { cors: CORS },
    );

    const response = await fetch(api.endpoint, { headers: ORIGIN });

    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-expose-headers')).toBe('etag,location');
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
    expect(response.headers.get('access-control-allow-methods')).toBeNull();
  });

  it.each([
    ['404 of the function', 404, () => ({ statusCode: 404, body: '{"message":"unknown run"}' })],
    [
      '500 of the gateway',
      500,
      () => {
        throw new Error('fault');
      },
    ],
  ])('B8: has the configured headers also for the %s', async (_what, status, result) => {
    const api = await startProbeApi(result, { cors: CORS });

    const response = await fetch(api.endpoint, { headers: ORIGIN });

    expect(response.status).toBe(status);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(await response.json()).toEqual({ message: expect.any(String) });
  });

  it('B8: has the configured headers also for a 413 and a 404 of the gateway', async () => {
    const api = await startProbeApi(undefined, {
      cors: CORS,
      routes: [{ routeKey: 'POST /a', function: 'probe' }],
    });

    const large = await fetch(`${api.endpoint}/a`, {
      method: 'POST',
      headers: ORIGIN,
      body: new Uint8Array(11 * 1024 * 1024),
    });
    const unknown = await fetch(`${api.endpoint}/b`, { headers: ORIGIN });

    expect([large.status, unknown.status]).toEqual([413, 404]);
    expect(large.headers.get('access-control-allow-origin')).toBe('*');
    expect(unknown.headers.get('access-control-allow-origin')).toBe('*');
  });

  it('has the configured headers for "Origin: null", which browsers send after a redirect', async () => {
    const api = await startProbeApi(undefined, { cors: CORS });
    const response = await fetch(api.endpoint, { headers: { origin: 'null' } });
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
  });

  it('has no CORS headers when the request has no origin, not even those of the function', async () => {
    const api = await startProbeApi(
      () => ({ statusCode: 200, headers: { 'access-control-allow-origin': 'http://evil' } }),
      { cors: CORS },
    );
    const response = await fetch(api.endpoint);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  it("contains the request's origin and Vary when only some origins are allowed", async () => {
    const api = await startProbeApi(() => ({ statusCode: 200, headers: { vary: 'accept' } }), {
      cors: { ...CORS, allowOrigins: [ORIGIN.origin] },
    });

    const allowed = await fetch(api.endpoint, { headers: ORIGIN });
    const foreign = await fetch(api.endpoint, { headers: { origin: 'http://elsewhere' } });

    expect(allowed.headers.get('access-control-allow-origin')).toBe(ORIGIN.origin);
    expect(allowed.headers.get('vary')).toBe('accept, Origin');
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
  });
});
