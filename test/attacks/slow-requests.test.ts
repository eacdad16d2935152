import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { exchange } from '../api-http/raw-request.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

const stack = useStack({ check: 'faults' });

/** Open connections of the attacker. */
const open: Socket[] = [];
afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy();
});

const address = () => new URL(stack.url);
const path = () => address().pathname;

async function begin(url: string, bytes: string): Promise<Socket> {
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  open.push(socket);
  await once(socket, 'connect');
  socket.write(bytes);
  return socket;
}

const head = (line: string, ...headers: string[]) =>
  [line, 'Host: localhost', 'Content-Type: application/json', ...headers, '', ''].join('\r\n');

describe('many connections with requests that never end', () => {
  it.each([
    ['unfinished headers', () => `POST ${path()}/users/login HTTP/1.1\r\nHost: localhost\r\nX-Slow: `],
    [
      'unfinished bodies',
      () => `${head(`POST ${path()}/users/login HTTP/1.1`, 'Content-Length: 9000000')}{"username"`,
    ],
    ['silence', () => ''],
  ])('do not block other clients: %s', async (_name, bytes) => {
    for (let batch = 0; batch < 7; batch += 1) {
      await Promise.all(Array.from({ length: 100 }, () => begin(stack.url, bytes())));
    }
    expect((await stack.request('GET', '/')).status).toBe(200);
    // 512 connections at a time, and the one that was just served.
    await expect.poll(() => open.filter(({ destroyed }) => !destroyed).length).toBeLessThanOrEqual(512);
  });

  it('do not block downloads of files', async () => {
    const s3 = stack.operator.AWS_ENDPOINT_URL_S3 ?? '';
    const slow = await begin(s3, 'GET /bucket/key HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
    slow.resume();
    await expect.poll(() => slow.destroyed).toBe(true);
  });
});

describe('a body that no route reads', () => {
  it.each([
    ['an unknown route', 'POST', '/unknown', 404],
    ['an unsupported method', 'PUT', '/users/login', 405],
    ['a route without a body', 'GET', '/workflows', 200],
  ])('does not delay the response: %s', async (_name, method, route, status) => {
    const socket = await begin(
      stack.url,
      head(`${method} ${path()}${route} HTTP/1.1`, 'Content-Length: 9000000'),
    );
    const [response] = await once(socket, 'data');
    expect(String(response)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });
});

describe('ambiguous requests', () => {
  const smuggled = 'GET /flowserv/api/v1/users HTTP/1.1\r\nHost: localhost\r\n\r\n';

  it.each([
    ['a length and chunks', 'Content-Length: 5\r\nTransfer-Encoding: chunked', `0\r\n\r\n${smuggled}`],
    ['two lengths', 'Content-Length: 5\r\nContent-Length: 90', `12345${smuggled}`],
    ['a length that is not a number', 'Content-Length: 0x10', smuggled],
    ['a misspelled transfer encoding', 'Transfer-Encoding: xchunked', smuggled],
    ['a chunk without a size', 'Transfer-Encoding: chunked', `Z\r\n${smuggled}`],
  ])('get exactly one response, an error: %s', async (_name, framing, body) => {
    const text = await exchange(stack.url, `${head(`POST ${path()}/users/login HTTP/1.1`, framing)}${body}`);
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400']);
  });

  it('with 200 kB of headers are rejected', async () => {
    const request = head(`GET ${path()}/ HTTP/1.1`, `X-Large: ${'x'.repeat(200_000)}`);
    // The connection may be closed while the rest is still being sent, so that the response is lost.
    const text = await exchange(stack.url, request).catch(() => 'cut');
    expect(text).toMatch(/^HTTP\/1\.1 431 |^cut$/);
  });
});
