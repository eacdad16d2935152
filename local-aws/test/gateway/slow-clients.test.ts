import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { startGateway } from '../../gateway/gateway.ts';
import { InvokeError } from '../../lambda/errors.ts';
import { closeProbeApis, startProbeApi } from './probe-api.ts';

afterEach(closeProbeApis);

const send = (port: number, bytes: string) => {
  const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
  socket.on('error', () => {});
  return socket;
};
const HEAD = 'POST / HTTP/1.1\r\nHost: localhost\r\n';

describe('a slow client', () => {
  it('is disconnected with a 408 when its headers do not end', async () => {
    const api = await startProbeApi(undefined, { limits: { headersMs: 50, checkMs: 20 } });
    expect(await text(send(api.port, HEAD))).toMatch(/^HTTP\/1\.1 408 Request Timeout/);
  });

  it('is disconnected when its body does not end', async () => {
    const api = await startProbeApi(undefined, { limits: { headersMs: 50, requestMs: 100, checkMs: 20 } });
    const socket = send(api.port, `${HEAD}Content-Length: 10\r\n\r\nhalf`);
    await text(socket);
    expect([socket.destroyed || socket.readableEnded, api.events]).toEqual([true, []]);
  });

  it('is disconnected when it sends nothing', async () => {
    const api = await startProbeApi(undefined, { limits: { silenceMs: 50 } });
    await text(send(api.port, `${HEAD}Content-Length: 10\r\n\r\nhalf`));
    expect(api.events).toEqual([]);
  });

  it('is disconnected to make room for new clients, unless its request is in progress', async () => {
    const called = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const api = await startProbeApi(
      async ({ rawPath }) => {
        if (rawPath === '/slow') {
          called.resolve();
          await gate.promise;
        }
        return { statusCode: 200, body: rawPath };
      },
      { limits: { connections: 2 } },
    );
    const worked = fetch(`${api.endpoint}/slow`);
    await called.promise;
    const half = send(api.port, HEAD);
    await once(half, 'connect');
    expect(await (await fetch(`${api.endpoint}/quick`)).text()).toBe('/quick');
    await text(half).catch(() => '');
    gate.resolve();
    expect(await (await worked).text()).toBe('/slow');
  });
});

describe('a body', () => {
  it('gets a 503 only while other bodies use all the memory', async () => {
    const gate = Promise.withResolvers<void>();
    const called = Promise.withResolvers<void>();
    const api = await startProbeApi(
      async () => {
        called.resolve();
        await gate.promise;
        return { statusCode: 204 };
      },
      { limits: { bodyBytes: 1000 } },
    );
    const post = (size: number) => fetch(api.endpoint, { method: 'POST', body: 'x'.repeat(size) });
    const first = post(600);
    await called.promise;
    const second = await post(600);
    expect([second.status, second.headers.get('retry-after')]).toEqual([503, '1']);
    gate.resolve();
    expect((await first).status).toBe(204);
    expect((await post(1000)).status).toBe(204);
    expect((await post(1001)).status).toBe(503);
    expect((await post(1000)).status).toBe(204);
    expect(api.faults).toEqual([]);
  });

  it('that the function does not read is not awaited', async () => {
    const api = await startProbeApi(undefined, {
      takesBody: (method, path) => `${method} ${path}` !== 'POST /',
    });
    const socket = send(api.port, `${HEAD}Content-Length: 1000\r\n\r\n`);
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 204 /);
    socket.destroy();
    expect(api.events[0]?.body).toBeUndefined();
  });
});

it('functions that are not ready yet cause a 503 with Retry-After', async () => {
  const faults: unknown[] = [];
  const gateway = await startGateway({
    functions: {
      invoke: () => Promise.reject(new InvokeError('ResourceNotReadyException', 'starting')),
      close: () => Promise.resolve(),
    },
    routes: [{ routeKey: '$default', function: 'probe' }],
    port: 0,
    onFault: (fault) => faults.push(fault),
  });
  try {
    const response = await fetch(gateway.endpoint);
    expect([response.status, response.headers.get('retry-after'), faults]).toEqual([503, '1', []]);
  } finally {
    await gateway.close();
  }
});
