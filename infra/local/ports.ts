import { join } from 'node:path';
import * as z from 'zod';
import { keptFile, writeKept } from './kept-file.ts';

const portsSchema = z.record(z.string(), z.number());

/**
 * Starts the services behind the gateway on ports that are chosen once and stored, so existing links stay valid after a
 * restart. A stored port that another program uses meanwhile is replaced.
 */
export function keptPorts(dataDir: string) {
  const file = join(dataDir, 'ports.json');
  const ports = keptFile<Record<string, number>>(file, portsSchema, () => ({}));

  return async <T extends { readonly port: number }>(
    name: string,
    start: (port: number) => Promise<T>,
  ): Promise<T> => {
    const started = await start(ports[name] ?? 0).catch((error: unknown) => {
      if (ports[name] === undefined || !isTaken(error)) throw error;
      return start(0);
    });
    if (ports[name] !== started.port) {
      ports[name] = started.port;
      writeKept(file, ports);
    }
    return started;
  };
}

/** Whether a server could not start because its port is in use, at any depth of the error's causes. */
export function isTaken(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && error.code === 'EADDRINUSE') || isTaken(error.cause);
}
