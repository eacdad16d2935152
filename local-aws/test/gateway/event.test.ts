import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { closeProbeApis, startProbeApi } from './probe-api.ts';

afterEach(closeProbeApis);

describe('the event of payload format 2.0', () => {
  it('describes the request in the same way as an HTTP API', async () => {
    const api = await startProbeApi(undefined, { accountId: '123456789012', apiId: 'abc' });
    const before = Date.now();

    await fetch(`${api.endpoint}/my/path?parameter1=value1&parameter1=value2&parameter2=a%20b+c`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain', 'User-Agent': 'agent', API_KEY: 'Token', cookie: 'a=1; b=2' },
      body: 'Hello',
    });

    const [event] = api.events;
    expect(event).toEqual({
      version: '2.0',
      routeKey: '$default',
      rawPath: '/my/path',
      rawQueryString: 'parameter1=value1&parameter1=value2&parameter2=a%20b+c',
      cookies: ['a=1', 'b=2'],
      headers: expect.objectContaining({
        api_key: 'Token',
        'content-length': '5',
        'content-type': 'text/plain',
        host: `127.0.0.1:${api.port}`,
        'user-agent': 'agent',
        'x-amzn-trace-id': expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-port': String(api.port),
        'x-forwarded-proto': 'http',
      }),
      queryStringParameters: { parameter1: 'value1,value2', parameter2: 'a b c' },
      requestContext: {
        accountId: '123456789012',
        apiId: 'abc',
        domainName: '127.0.0.1',
        domainPrefix: '127',
        http: {
          method: 'POST',
          path: '/my/path',
          protocol: 'HTTP/1.1',
          sourceIp: '127.0.0.1',
          userAgent: 'agent',
        },
        requestId: expect.stringMatching(/^[\w-]{16}$/),
        routeKey: '$default',
        stage: '$default',
        time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        timeEpoch: expect.any(Number),
      },
      body: 'Hello',
      isBase64Encoded: false,
    });
    expect(event?.headers).not.toHaveProperty('cookie');
    expect(event?.headers).not.toHaveProperty('connection');
    expect(event?.requestContext.timeEpoch).toBeGreaterThanOrEqual(before);
  });

  it('omits optional members for a minimal request', async () => {
    const api = await startProbeApi();

    await fetch(`${api.endpoint}/`);

    const [event] = api.events;
    expect(event?.rawQueryString).toBe('');
    for (const absent of ['cookies', 'queryStringParameters', 'pathParameters', 'body', 'stageVariables']) {
      expect(event).not.toHaveProperty(absent);
    }
    expect(event?.isBase64Encoded).toBe(false);
  });

  it('joins repeated headers with commas', async () => {
    const api = await startProbeApi();

    await new Promise<void>((resolve, reject) => {
      const request = httpRequest(api.endpoint, {
        headers: { 'X-Thing': ['one', 'two'], accept: ['a', 'b'] },
      });
      request.once('error', reject);
      request.once('response', (response) => response.resume().once('end', resolve));
      request.end();
    });

    expect(api.events[0]?.headers).toMatchObject({ 'x-thing': 'one,two', accept: 'a,b' });
  });

  it('contains the decoded path, also in the path variables', async () => {
    const routes = [{ routeKey: 'GET /files/{name}', function: 'probe' }];
    const api = await startProbeApi(undefined, { routes });

    await fetch(`${api.endpoint}/files/na%20m%C3%A9%2B`);

    expect(api.events[0]).toMatchObject({
      routeKey: 'GET /files/{name}',
      rawPath: '/files/na mé+',
      requestContext: { http: { path: '/files/na mé+' }, routeKey: 'GET /files/{name}' },
      pathParameters: { name: 'na mé+' },
    });
  });

  it('contains braces and other raw characters of the query unchanged', async () => {
    const api = await startProbeApi();

    await rawGet(api.port, '/runs?state={state}&x=%zz');

    expect(api.events[0]).toMatchObject({
      rawQueryString: 'state={state}&x=%zz',
      queryStringParameters: { state: '{state}', x: '%zz' },
    });
  });

  it('is not created for a malformed escape in the path, which gets a 400', async () => {
    const api = await startProbeApi();

    const response = await fetch(`${api.endpoint}/a%zz`);

    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ message: 'Bad Request' });
    expect(api.events).toEqual([]);
  });

  it.each([
    ['application/json', '{"a":"é"}', false],
    ['application/json; charset=utf-8', '{}', false],
    ['text/csv', 'a,b', false],
    ['text/plain; charset=iso-8859-1', 'a', true],
    ['text/plain;Charset="UTF-8"', 'a', false],
    ['TEXT/HTML', '<p>', false],
    ['application/xml', '<a/>', false],
    ['application/javascript', '1', false],
    ['application/octet-stream', 'a', true],
    ['application/x-www-form-urlencoded', 'a=1', true],
    ['multipart/form-data; boundary=x', '--x--', true],
    ['application/jsonlines', '{}', true],
    ['image/png', 'png', true],
  ])('contains a body of type %s as text or in base64', async (type, text, base64) => {
    const api = await startProbeApi();

    await fetch(api.endpoint, { method: 'POST', headers: { 'content-type': type }, body: text });

    const [event] = api.events;
    expect(event?.isBase64Encoded).toBe(base64);
    expect(event?.body).toBe(base64 ? Buffer.from(text).toString('base64') : text);
  });

  it('contains a body without a content type in base64, byte for byte', async () => {
    const api = await startProbeApi();
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);

    await fetch(api.endpoint, { method: 'POST', body: bytes });

    const [event] = api.events;
    expect(event?.isBase64Encoded).toBe(true);
    expect(Buffer.from(event?.body ?? '', 'base64')).toEqual(Buffer.from(bytes));
  });
});

/** Sends a request with an unchanged target; `fetch` would encode it. */
function rawGet(port: number, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, path });
    request.once('error', reject);
    request.once('response', (response) => response.resume().once('end', () => resolve()));
    request.end();
  });
}
