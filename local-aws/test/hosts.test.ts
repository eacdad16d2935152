import { createServer, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forServedHosts, isLoopback } from '../hosts.ts';
import { listen, stopListening } from '../listen.ts';

describe('a host', () => {
  it.each(['localhost', 'LocalHost:1', '127.0.0.1', '127.255.1.2:65535', '[::1]', '[::1]:80', '::1'])(
    '%j is loopback',
    (host) => expect(isLoopback(host)).toBe(true),
  );
  it.each([
    '',
    'localhost.',
    'localhost.example',
    'a.localhost',
    '127.0.0.1.example',
    '127.1',
    '0.0.0.0',
    '[::]',
    'localhost:1:2',
    'localhost:x',
    'user@localhost',
  ])('%j is not loopback', (host) => expect(isLoopback(host)).toBe(false));
});

describe('a server for some hosts', () => {
  const server = createServer(
    forServedHosts((_request, response) => void response.end('served'), {
      names: ['Files.example', '[2001:db8::1]'],
      advice: 'set NAMES',
    }),
  );
  let port: number;
  beforeAll(async () => {
    ({ port } = await listen(server, '127.0.0.1', 0));
  });
  afterAll(() => stopListening(server));

  const ask = (host: string, body = '') =>
    new Promise<[number | undefined, string]>((resolve, reject) => {
      const sent = request({ port, host: '127.0.0.1', method: 'POST', headers: { host } }, async (response) =>
        resolve([response.statusCode, await text(response)]),
      );
      sent.once('error', reject);
      sent.end(body);
    });

  it.each(['localhost:9', 'files.example', 'FILES.example:443', '[2001:db8::1]:80'])(
    'accepts %s',
    async (host) => expect(await ask(host)).toEqual([200, 'served']),
  );

  it('rejects other hosts with its advice, and does not read their bodies', async () => {
    const [status, body] = await ask('files.example.net', 'x'.repeat(1000));
    expect(status).toBe(421);
    expect(JSON.parse(body).message).toBe("the host 'files.example.net' is not served here: set NAMES");
  });
});
