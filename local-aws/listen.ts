import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A local service that accepts connections. */
export interface RunningServer {
  readonly port: number;
  /** URL of the service for clients on this host, e.g. `http://127.0.0.1:4566`. */
  readonly endpoint: string;
  /** Stops accepting requests, ends running work and releases all resources. */
  close(): Promise<void>;
}

/**
 * Starts listening.
 *
 * @param port 0 chooses a free one
 * @throws Error with a message for the operator when the server cannot listen on the address
 */
export async function listen(
  server: Server,
  host: string,
  port: number,
): Promise<Pick<RunningServer, 'port' | 'endpoint'>> {
  await new Promise<void>((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(explain(error, host, port));
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      // For example, no file descriptor was left for a connection. Only its client is affected.
      server.on('error', (error) => process.emitWarning(`a connection failed: ${error.message}`));
      resolve();
    });
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return { port: address.port, endpoint: `http://${ownName(address)}:${address.port}` };
}

/** Stops listening and closes all connections. Resolves when the last one is closed. */
export function stopListening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** The host name by which clients on this host reach a listening address. */
function ownName({ address, family }: AddressInfo): string {
  const named = new Map([
    ['0.0.0.0', '127.0.0.1'],
    ['::', '::1'],
  ]).get(address);
  return family === 'IPv6' ? `[${named ?? address}]` : (named ?? address);
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new Error(
        `port ${port} on ${host} is already in use: stop the program that uses it, or choose another port`,
        { cause: error },
      );
    case 'EACCES':
      return new Error(`no permission to listen on port ${port}: choose a port from 1024`, { cause: error });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new Error(`${host} is not an address of this machine`, { cause: error });
    default:
      return error;
  }
}
