import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { portsProgram, READY_SOCKET } from '../../../ecs/engine/task-network/forwarding.ts';
import { openRelay, type Relay } from '../../../ecs/engine/task-network/relay.ts';

/** Another address of loopback, in place of the loopback of another network. */
const HOST = '127.0.0.2';

let parent: string;
let folder: string;
let opened: AsyncDisposableStack;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'local-ecs-'));
  // Longer than the address of a socket can be.
  folder = join(parent, 'a'.repeat(120));
  opened = new AsyncDisposableStack();
});
afterEach(async () => {
  await opened.disposeAsync();
  await rm(parent, { recursive: true });
});

/** Starts a service; returns its port. */
async function service(answer: (socket: Socket) => void): Promise<number> {
  const server: Server = createServer({ allowHalfOpen: true }, answer);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  opened.defer(() => void server.close());
  return (server.address() as AddressInfo).port;
}

function startProgram(ports: readonly number[]): ChildProcess {
  const addresses = ports.map((port) => ({ host: HOST, port }));
  // The path of the folder in the container is short.
  const program = portsProgram(addresses, '.');
  const child = spawn(process.execPath, ['-e', program], { cwd: folder, stdio: 'ignore' });
  const ended = once(child, 'exit');
  opened.defer(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return child;
}

/** Forwards the ports of services from another address. */
async function forward(...ports: number[]): Promise<Relay & { readonly program: ChildProcess }> {
  const relay = await openRelay(
    folder,
    ports.map((port) => ({ host: '127.0.0.1', port })),
  );
  opened.defer(() => relay.close());
  const program = startProgram(ports);
  await relay.ready;
  return { ...relay, program };
}

const echo = (socket: Socket) => void socket.pipe(socket);

describe('ports of a network that lead to services', () => {
  it('lead to the service with the same port, in both directions', async () => {
    const ports = await Promise.all(['first', 'second'].map((name) => service((socket) => socket.end(name))));
    await forward(...ports);
    const answers = await Promise.all(ports.map((port) => text(connect({ host: HOST, port }))));

    expect(answers).toEqual(['first', 'second']);
  });

  it('forward all bytes, also those after one side ended', async () => {
    const port = await service(async (socket) => {
      const received = await buffer(socket);
      setTimeout(() => socket.end(received), 50);
    });
    await forward(port);
    const sent = Buffer.alloc(4 << 20, 'bytes ');
    const client = connect({ host: HOST, port, allowHalfOpen: true });
    client.end(sent);

    expect((await buffer(client)).equals(sent)).toBe(true);
  });

  it('close a connection when either side closes it', async () => {
    const closed = Promise.withResolvers<void>();
    const port = await service((socket) => {
      socket.write('hello');
      // As HTTP servers do: the end of a request's connection ends the other direction, too.
      socket.on('end', () => socket.end()).resume();
      socket.on('error', () => {}).on('close', () => closed.resolve());
    });
    await forward(port);
    const client = connect({ host: HOST, port });
    await once(client, 'data');
    client.resetAndDestroy();
    await closed.promise;

    const closing = await service((other) => other.end('bye'));
    await rm(folder, { recursive: true });
    await forward(closing);
    expect(await text(connect({ host: HOST, port: closing, allowHalfOpen: true }))).toBe('bye');
  });

  it('close a connection to a service that does not listen', async () => {
    const port = await service(echo);
    await opened.disposeAsync();
    opened = new AsyncDisposableStack();
    await forward(port);

    expect(await text(connect({ host: HOST, port }).on('error', () => {}))).toBe('');
  });

  it('have sockets that only the user of the stack can reach', async () => {
    await forward(await service(echo));

    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await readdir(folder)).sort()).toEqual(['0', READY_SOCKET]);
  });

  it('stay taken when the stack ends, so that no other program takes them', async () => {
    const port = await service(echo);
    const { close, lost, program } = await forward(port);
    const socket = connect({ host: HOST, port }).on('error', () => {});
    await once(socket, 'connect');
    const closed = once(socket, 'close');
    await close();

    await closed;
    await lost;
    const thief = createServer();
    const [error] = await once(thief.listen(port, HOST), 'error').catch((reason) => [reason]);
    expect(error).toMatchObject({ code: 'EADDRINUSE' });
    expect(program.exitCode).toBeNull();
  });

  it('are lost when their program ends', async () => {
    const { lost, program } = await forward(await service(echo));
    program.kill('SIGKILL');

    await expect(lost).resolves.toBeUndefined();
  });

  it('are not lost when anything else connects to their sockets', async () => {
    const { lost } = await forward(await service((socket) => socket.end()));
    for (const name of await readdir(folder)) {
      // A short path, as the name of the folder is long.
      const program = `require('net').connect({ path: ${JSON.stringify(name)} }).resume()`;
      const child = spawn(process.execPath, ['-e', program], { cwd: folder, stdio: 'ignore' });
      expect(await once(child, 'exit')).toEqual([0, null]);
    }

    expect(await Promise.race([lost.then(() => 'lost'), delay(200, 'kept')])).toBe('kept');
  });

  it('are not opened if one of them is taken', async () => {
    const port = await service(echo);
    const other = createServer();
    await once(other.listen(port, HOST), 'listening');
    opened.defer(() => void other.close());
    const relay = await openRelay(folder, [{ host: '127.0.0.1', port }]);
    opened.defer(() => relay.close());
    const [exitCode] = await once(startProgram([port]), 'exit');

    expect(exitCode).toBe(1);
  });
});
