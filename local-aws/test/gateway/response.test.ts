import { afterEach, describe, expect, it } from 'vitest';
import { closeProbeApis, startProbeApi } from './probe-api.ts';

afterEach(closeProbeApis);

describe("a function's result", () => {
  it('in the structured form sets status, headers, cookies and body', async () => {
    const api = await startProbeApi(() => ({
      statusCode: 201,
      headers: { 'Content-Type': 'application/json', 'X-Count': 3, 'content-length': '999', Connection: 'x' },
      cookies: ['a=1; Path=/', 'b=2'],
      body: '{"id":"é"}',
    }));

    const response = await fetch(api.endpoint);

    expect(response.status).toBe(201);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('x-count')).toBe('3');
    expect(response.headers.get('content-length')).toBe('11');
    expect(response.headers.getSetCookie()).toEqual(['a=1; Path=/', 'b=2']);
    expect(response.headers.get('apigw-requestid')).toMatch(/^[\w-]{16}$/);
    expect(await response.json()).toEqual({ id: 'é' });
  });

  it('with a base64 body is decoded byte for byte', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    const api = await startProbeApi(() => ({
      statusCode: 200,
      headers: { 'content-type': 'application/gzip' },
      body: bytes.toString('base64'),
      isBase64Encoded: true,
    }));

    const response = await fetch(api.endpoint);

    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes);
    expect(response.headers.get('content-encoding')).toBeNull();
  });

  it('in the structured form without a content type becomes plain text', async () => {
    const api = await startProbeApi(() => ({ statusCode: 404, body: 'no' }));
    const response = await fetch(api.endpoint);
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await response.text()).toBe('no');
  });

  it.each([
    ['an object', { message: 'hello' }, '{"message":"hello"}'],
    ['text', 'hello', 'hello'],
    ['a list', [1, 2], '[1,2]'],
    ['nothing', undefined, 'null'],
  ])('without a status becomes a 200 in JSON when it is %s', async (_what, result, body) => {
    const api = await startProbeApi(() => result);
    const response = await fetch(api.endpoint);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.text()).toBe(body);
  });

  it('with status 204 has no body and no content length', async () => {
    const api = await startProbeApi(() => ({ statusCode: 204, body: 'ignored' }));
    const response = await fetch(api.endpoint, { method: 'DELETE' });
    expect(response.status).toBe(204);
    expect(response.headers.get('content-length')).toBeNull();
    expect(response.headers.get('content-type')).toBeNull();
    expect(await response.text()).toBe('');
  });

  it('for HEAD has headers but no body', async () => {
    const api = await startProbeApi(() => ({ statusCode: 200, body: 'twelve bytes' }));
    const response = await fetch(api.endpoint, { method: 'HEAD' });
    expect(response.headers.get('content-length')).toBe('12');
    expect(await response.text()).toBe('');
    expect(api.events[0]?.requestContext.http.method).toBe('HEAD');
  });

  it.each([
    ['a status that is text', { statusCode: '200' }],
    ['a status out of range', { statusCode: 99 }],
    ['a body that is an object', { statusCode: 200, body: { a: 1 } }],
    ['headers with a line break', { statusCode: 200, headers: { 'x-a': 'b\r\nx-c: d' } }],
    ['an invalid header name', { statusCode: 200, headers: { 'x a': 'b' } }],
    ['a cookie with a line break', { statusCode: 200, cookies: ['a=1\r\nx: y'] }],
  ])('becomes a 500 with %s', async (_what, result) => {
    const api = await startProbeApi(() => result);
    const response = await fetch(api.endpoint);
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ message: 'Internal Server Error' });
    expect(api.faults).toHaveLength(1);
  });
});

describe('a function that fails', () => {
  it('causes a 500 without details, and the reason is reported to the operator', async () => {
    const api = await startProbeApi(() => {
      throw new Error('secret reason');
    });

    const response = await fetch(`${api.endpoint}/somewhere`);

    expect(response.status).toBe(500);
    expect(await response.text()).toBe('{"message":"Internal Server Error"}');
    expect(api.faults).toEqual([
      {
        requestId: response.headers.get('apigw-requestid'),
        method: 'GET',
        path: '/somewhere',
        error: expect.objectContaining({ errorMessage: 'secret reason' }),
      },
    ]);
  });

  it('causes a 500 when its own timeout ends first', async () => {
    const api = await startProbeApi(() => new Promise(() => {}), { timeoutSeconds: 0.05 });
    expect((await fetch(api.endpoint)).status).toBe(500);
    expect(api.faults[0]?.error).toMatchObject({ errorType: 'Sandbox.Timedout' });
  });

  it("causes a 503 when the gateway's time limit ends first", async () => {
    const api = await startProbeApi(() => new Promise(() => {}), {
      integrationTimeoutMs: 50,
      timeoutSeconds: 0.2,
    });
    const response = await fetch(api.endpoint);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ message: 'Service Unavailable' });
  });

  it('causes a 500 when it does not exist', async () => {
    const api = await startProbeApi(undefined, { routes: [{ routeKey: '$default', function: 'gone' }] });
    expect((await fetch(api.endpoint)).status).toBe(500);
    expect(api.faults[0]?.error).toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

it('responds with a 404 in JSON when no route matches', async () => {
  const api = await startProbeApi(undefined, { routes: [{ routeKey: 'GET /a', function: 'probe' }] });
  const response = await fetch(`${api.endpoint}/b`);
  expect(response.status).toBe(404);
  expect(await response.json()).toEqual({ message: 'Not Found' });
});
