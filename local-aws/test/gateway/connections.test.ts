import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startGateway } from '../../gateway/gateway.ts';
import { closeProbeApis, startProbeApi } from './probe-api.ts';

afterEach(closeProbeApis);

describe('connections', () => {
  it('are kept open for the next request', async () => {
    const api = await startProbeApi(() => ({ statusCode: 200, body: 'ok' }));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });

    const ports = [await localPort(api.endpoint, agent), await localPort(api.endpoint, agent)];
    agent.destroy();

    expect(ports[0]).toBe(ports[1]);
  });

  it('that break during a request body affect no other request', async () => {
    const api = await startProbeApi();
    const socket = connect(api.port, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nsome');
    await new Promise((resolve) => setTimeout(resolve, 20));

    socket.resetAndDestroy();
    const response = await fetch(api.endpoint);

    expect(response.status).toBe(204);
    expect(api.events).toHaveLength(1);
    expect(api.faults).toEqual([]);
  });

  it('that break while the function runs affect neither the function nor other requests', async () => {
    const called = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<string>();
    const api = await startProbeApi(async (event) => {
      if (event.rawPath !== '/slow') return { statusCode: 200, body: 'quick' };
      called.resolve();
      await gate.promise;
      ended.resolve('ended');
      return { statusCode: 200, body: 'slow' };
    });
    const abort = new AbortController();
    const slow = fetch(`${api.endpoint}/slow`, { signal: abort.signal }).catch((error: unknown) => error);
    await called.promise;

    abort.abort();
    expect(await slow).toMatchObject({ name: 'AbortError' });
    const quick = await fetch(api.endpoint);
    gate.resolve();

    expect(await ended.promise).toBe('ended');
    expect(await quick.text()).toBe('quick');
    expect(api.faults).toEqual([]);
  });

  it('serve many requests concurrently', async () => {
    const api = await startProbeApi((event) => ({ statusCode: 200, body: event.rawQueryString }));

    const responses = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => (await fetch(`${api.endpoint}/?${index}`)).text()),
    );

    expect(responses).toEqual(Array.from({ length: 50 }, (_, index) => String(index)));
  });
});

describe('closing', () => {
  it('waits for a running request and rejects new connections', async () => {
    const called = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const api = await startProbeApi(async () => {
      called.resolve();
      await gate.promise;
      return { statusCode: 200, body: 'done' };
    });
    const running = fetch(api.endpoint);
    await called.promise;

    const closing = api.close();
    gate.resolve();

    expect(await (await running).text()).toBe('done');
    await closing;
    await expect(fetch(api.endpoint)).rejects.toThrow();
  });
});

it('reports that the port is in use', async () => {
  const api = await startProbeApi();
  const functions = {
    invoke: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };

  const second = startGateway({ functions, routes: [], port: api.port });

  await expect(second).rejects.toThrow(
    `port ${api.port} on 127.0.0.1 is already in use: stop the program that uses it, or choose another port`,
  );
});

it('listens only on loopback by default', async () => {
  const api = await startProbeApi();
  expect(api.endpoint).toBe(`http://127.0.0.1:${api.port}`);
});

function localPort(url: string, agent: Agent): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { agent }, (response) => {
      const port = response.socket.localPort;
      response.resume().once('end', () => setImmediate(resolve, port));
    });
    request.once('error', reject);
    request.end();
  });
}
