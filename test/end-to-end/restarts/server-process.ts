import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { readConfig } from '../../../shared/config.ts';
import { createServices } from '../../../shared/services/services.ts';
import { quietPort } from '../quiet-port.ts';
import type { Order } from './server.ts';

const SCRIPT = fileURLToPath(new URL('./server.ts', import.meta.url));

const stackFile = z.object({ url: z.string(), operator: z.record(z.string(), z.string()) });

export type ServerProcess = Awaited<ReturnType<typeof createServerProcess>>;

/**
 * Creates a server in a separate process, with a temporary folder and one port, that can be killed and started again.
 */
export async function createServerProcess() {
  const folder = mkdtempSync(join(tmpdir(), 'flowserv-restarts-'));
  const dataDir = join(folder, 'data');
  const callsFile = join(folder, 'calls');
  const port = await quietPort();
  let child: ChildProcess | undefined;
  let ended: Promise<unknown> = Promise.resolve();
  const running = (): ChildProcess => {
    if (!child) throw new Error('the server is not started');
    return child;
  };
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    running().kill(signal);
    await ended;
    return { code: running().exitCode, signal: running().signalCode };
  };

  return {
    folder,
    dataDir,
    get pid() {
      return running().pid ?? 0;
    },
    /** Starts the server; resolves when it is ready. */
    async start(): Promise<void> {
      const started = fork(SCRIPT, [dataDir, String(port), callsFile]);
      child = started;
      ended = once(started, 'exit');
      const exit = ended.then(() => {
        throw new Error('the server did not start');
      });
      await Promise.race([once(started, 'message'), exit]);
    },
    /** Starts to count calls. The server kills itself at the call given by the order, if any. */
    order(given: Order): void {
      rmSync(callsFile, { force: true });
      running().send(given);
    },
    /** Returns the names of the calls since the last order. */
    calls: (): string[] =>
      existsSync(callsFile) ? readFileSync(callsFile, 'utf8').split('\n').slice(0, -1) : [],
    /** Resolves when the server died. */
    died: async (): Promise<void> => void (await ended),
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    /** Returns the base URL of the API and the operator's services; both are the same after each start. */
    reach() {
      const { url, operator } = stackFile.parse(
        JSON.parse(readFileSync(join(dataDir, 'stack.json'), 'utf8')),
      );
      return { url, operator, services: createServices(readConfig(operator)) };
    },
    async remove(): Promise<void> {
      if (child && child.exitCode === null && child.signalCode === null) await end('SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
