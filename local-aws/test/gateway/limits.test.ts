import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { closeProbeApis, startProbeApi } from './probe-api.ts';

const MB = 1024 * 1024;
const TOO_LARGE = '{"message":"Request Entity Too Large"}';

afterEach(closeProbeApis);

const post = (endpoint: string, size: number, type: string) =>
  fetch(endpoint, { method: 'POST', headers: { 'content-type': type }, body: new Uint8Array(size).fill(97) });

describe('a large request', () => {
  it('B11: gets a 413 in JSON above 10 MB, and does not reach the function', async () => {
    const api = await startProbeApi();

    const response = await post(api.endpoint, 10 * MB + 1, 'text/plain');

    expect(response.status).toBe(413);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.text()).toBe(TOO_LARGE);
    expect(api.events).toEqual([]);
    expect(api.faults).toEqual([]);
  });

  it('B11: gets a 413 above 10 MB also with a chunked body', async () => {
    const api = await startProbeApi();

    const response = await sendChunks(api.endpoint, 11, Buffer.alloc(MB, 97));

    expect(response.statusCode).toBe(413);
    expect(await text(response)).toBe(TOO_LARGE);
    expect(api.events).toEqual([]);
  });

  it('gets a 413 between 6 and 10 MB, when the event is too large for the function', async () => {
    const api = await startProbeApi();

    const response = await post(api.endpoint, 7 * MB, 'text/plain');

    expect(response.status).toBe(413);
    expect(await response.text()).toBe(TOO_LARGE);
    expect(api.events).toEqual([]);
  });

  it('is measured in base64 for binary bodies: 4.4 MB pass, 4.6 MB do not', async () => {
    const api = await startProbeApi();

    const passing = await post(api.endpoint, 4.4 * MB, 'application/octet-stream');
    const rejected = await post(api.endpoint, 4.6 * MB, 'application/octet-stream');

    expect(passing.status).toBe(204);
    expect(rejected.status).toBe(413);
    expect(api.events).toHaveLength(1);
  });

  it('with Expect: 100-continue gets its 413 before the body is sent', async () => {
    const api = await startProbeApi();

    const { status, continued } = await askBeforeSending(api.endpoint, 20 * MB);

    expect(status).toBe(413);
    expect(continued).toBe(false);
  });

  it('with Expect: 100-continue gets a 100 when it is within the limit', async () => {
    const api = await startProbeApi();

    const { status, continued } = await askBeforeSending(api.endpoint, 4);

    expect(status).toBe(204);
    expect(continued).toBe(true);
    expect(api.events[0]?.headers).not.toHaveProperty('expect');
  });
});

it('converts a result above 6 MB to a 500', async () => {
  const api = await startProbeApi(() => ({ statusCode: 200, body: 'a'.repeat(6 * MB + 100) }));

  const response = await fetch(api.endpoint);

  expect(response.status).toBe(500);
  expect(api.faults[0]?.error).toMatchObject({ errorType: 'Function.ResponseSizeTooLarge' });
});

describe('large headers', () => {
  it('are accepted up to 10,240 bytes and get a 431 above', async () => {
    const api = await startProbeApi();
    const withHeader = (size: number) => fetch(api.endpoint, { headers: { 'x-large': 'a'.repeat(size) } });

    expect((await withHeader(9_900)).status).toBe(204);
    const rejected = await withHeader(10_240);

    expect(rejected.status).toBe(431);
    expect(await rejected.json()).toEqual({ message: 'Request Header Fields Too Large' });
    expect(api.events).toHaveLength(1);
  });

  it('get a 431 also when Node itself rejects them', async () => {
    const api = await startProbeApi();

    const reply = await sendRaw(
      api.port,
      `GET / HTTP/1.1\r\nhost: x\r\nx-large: ${'a'.repeat(80_000)}\r\n\r\n`,
    );

    expect(reply).toMatch(/^HTTP\/1\.1 431 /);
    expect(reply).toContain('{"message":"Request Header Fields Too Large"}');
  });
});

it('responds with a 400 in JSON to data that is not HTTP', async () => {
  const api = await startProbeApi();

  const reply = await sendRaw(api.port, 'this is not HTTP\r\n\r\n');

  expect(reply).toMatch(/^HTTP\/1\.1 400 /);
  expect(reply).toContain('{"message":"Bad Request"}');
});

function sendChunks(endpoint: string, count: number, chunk: Buffer): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(endpoint, { method: 'POST', headers: { 'transfer-encoding': 'chunked' } });
    request.once('response', resolve);
    request.once('error', reject);
    for (let index = 0; index < count; index += 1) request.write(chunk);
    request.end();
  });
}

function askBeforeSending(endpoint: string, size: number) {
  return new Promise<{ status: number | undefined; continued: boolean }>((resolve, reject) => {
    let continued = false;
    const request = httpRequest(endpoint, {
      method: 'POST',
      headers: { expect: '100-continue', 'content-length': size },
    });
    request.once('continue', () => {
      continued = true;
      request.end(Buffer.alloc(size));
    });
    request.once('response', (response) => {
      response.resume();
      resolve({ status: response.statusCode, continued });
      request.destroy();
    });
    request.once('error', reject);
    request.flushHeaders();
  });
}

function sendRaw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
  return text(socket);
}
