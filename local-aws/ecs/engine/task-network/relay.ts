import { once } from 'node:events';
import { mkdir, open } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { forwardTo, MAX_CONNECTIONS, READY_SOCKET, type ServiceAddress } from './forwarding.ts';

/** Sockets in a folder, each of which leads to one service. */
export interface Relay {
  /** Resolves when the other side opened its ports. */
  readonly ready: Promise<void>;
  /** Resolves when the other side ended after that. */
  readonly lost: Promise<void>;
  close(): Promise<void>;
}

/**
 * Listens on a UNIX socket for each address. A socket in a folder can be reached from another network namespace, by
 * processes that have the folder mounted. Its connections lead to its own address only.
 *
 * @param folder is created; only its owner can open it
 */
export async function openRelay(folder: string, addresses: readonly ServiceAddress[]): Promise<Relay> {
  await mkdir(folder, { mode: 0o700 });
  // The address of a socket has 108 bytes at most (unix(7)), and the path of a folder of tasks can be longer.
  const opened = await open(folder);
  const short = `/proc/self/fd/${opened.fd}`;
  const ready = Promise.withResolvers<void>();
  const lost = Promise.withResolvers<void>();
  const doorbell = createServer((connection) => {
    ready.resolve();
    connection
      .resume()
      .on('error', () => {})
      .on('close', () => lost.resolve());
  });
  const servers = [...addresses.map((address) => forwardTo(address)), doorbell];
  const names = [...addresses.keys(), READY_SOCKET];
  const stops = servers.map(stopping);
  const close = async () => {
    await Promise.all(stops.map((stop) => stop()));
    await opened.close();
  };
  try {
    for (const [index, server] of servers.entries()) {
      // Only the first connection to the last socket stands for the other side.
      server.maxConnections = server === doorbell ? 1 : MAX_CONNECTIONS;
      await once(server.listen(`${short}/${names[index]}`), 'listening');
      // For example, no file descriptor is left for a connection. Only that connection is affected.
      server.on('error', (error) => process.emitWarning(`a connection was refused: ${error.message}`));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { ready: ready.promise, lost: lost.promise, close };
}

/** Returns a function that stops listening and closes all connections. */
function stopping(server: Server): () => Promise<void> {
  const connections = new Set<Socket>();
  server.on('connection', (connection) => {
    connections.add(connection);
    connection.once('close', () => connections.delete(connection));
  });
  return () =>
    new Promise((resolve) => {
      // Also called for a server that does not listen.
      server.close(() => resolve());
      for (const connection of connections) connection.destroy();
    });
}
