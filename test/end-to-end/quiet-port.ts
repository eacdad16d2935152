import { createServer } from 'node:net';

/** Ports of Linux's own choice begin here (ip(7), ip_local_port_range): below, nobody takes ours while we are down. */
const [FIRST_PORT, LAST_PORT] = [20_000, 32_767];

/** A port that is free, and that nobody gets by chance. */
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
