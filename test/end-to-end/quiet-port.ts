import { createServer } from 'node:net';

/**
 * A range below the ephemeral ports of Linux (ip(7), ip_local_port_range), so that no process gets the port while the
 * server is down.
 */
const [FIRST_PORT, LAST_PORT] = [20_000, 32_767];

/** Returns a free port that Linux does not assign automatically. */
export async function quietPort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!free) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}
