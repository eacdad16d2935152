import type { Server } from 'node:http';

/**
 * Starts listening.
 *
 * @param port 0 chooses a free one
 * @throws Error with a sentence for the operator when the address cannot be had
 */
export async function listen(
  server: Server,
  host: string,
  port: number,
): Promise<{ readonly port: number; readonly endpoint: string }> {
  await new Promise<void>((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(explain(error, host, port));
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      resolve();
    });
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return { port: address.port, endpoint: `http://${name}:${address.port}` };
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
