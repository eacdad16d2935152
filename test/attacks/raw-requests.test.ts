import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { useStack } from '../end-to-end/stack-fixture.ts';

/** Malformed requests that normal HTTP clients do not send. */
const stack = useStack({ check: 'faults' });

/** Sends raw bytes, and returns the status lines of all responses until the server closes the connection. */
async function responses(bytes: string): Promise<string[]> {
  const { hostname, port } = new URL(stack.url);
  const socket = connect({ host: hostname, port: Number(port) });
  let received = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    received += text;
  });
  // A server that stops reading may reset the connection.
  socket.on('error', () => {});
  socket.write(bytes);
  await new Promise((resolve) => socket.once('close', resolve));
  return received.split('\r\n').filter((line) => line.startsWith('HTTP/1.1 '));
}

const path = () => new URL(stack.url).pathname;
const host = () => `Host: ${new URL(stack.url).host}`;

describe('a request with an ambiguous length', () => {
  it.each([
    ['a length and chunks', ['Content-Length: 4', 'Transfer-Encoding: chunked']],
    ['two lengths', ['Content-Length: 4', 'Content-Length: 5']],
    ['an unknown transfer encoding', ['Transfer-Encoding: xchunked']],
    ['a negative length', ['Content-Length: -1']],
    ['a length with a sign', ['Content-Length: +4']],
  ])('with %s is rejected, and its body is not read as a second request', async (_, headers) => {
    const smuggled = `GET ${path()}/users HTTP/1.1\r\n${host()}\r\n\r\n`;
    const lines = [`POST ${path()}/users/login HTTP/1.1`, host(), ...headers, '', `0\r\n\r\n${smuggled}`];
    const found = await responses(lines.join('\r\n'));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('with a line break in a header is rejected', async () => {
    const lines = [
      `GET ${path()}/workflows HTTP/1.1`,
      host(),
      'api_key: a\rb: c',
      'Connection: close',
      '',
      '',
    ];
    expect((await responses(lines.join('\r\n')))[0]).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('an oversized request', () => {
  it.each([
    [
      'one header of 200 kB',
      () => `GET ${path()}/workflows HTTP/1.1\r\n${host()}\r\nx: ${'x'.repeat(200_000)}\r\n\r\n`,
    ],
    [
      'thousands of headers',
      () => `GET ${path()}/workflows HTTP/1.1\r\n${host()}\r\n${'x: yyyyyyyyyyyyyyyy\r\n'.repeat(8000)}\r\n`,
    ],
    ['a path of 200 kB', () => `GET ${path()}/${'a/'.repeat(100_000)} HTTP/1.1\r\n${host()}\r\n\r\n`],
  ])(
    'with %s is rejected before it is read completely, without effect on other requests',
    async (_, bytes) => {
      for (const status of await responses(bytes())) expect(status).toMatch(/^HTTP\/1\.1 4(00|14|31) /);
      expect((await stack.request('GET', '/workflows')).status).toBe(200);
    },
  );
});

describe('expensive documents', () => {
  it('are rejected: deeply nested JSON, and numbers with many digits', async () => {
    const post = (body: string) => stack.request('POST', '/users/login', { body });
    for (const body of [
      '['.repeat(1_000_000),
      `{"username":${'{"a":'.repeat(100_000)}`,
      `{"username":${'9'.repeat(1_000_000)}}`,
    ]) {
      const { status } = await post(body);
      expect(status).toBe(400);
    }
  });
});
