import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stepRunner } from '../step-runner.ts';
import { processUsage } from './process-usage.ts';
import type { CallCounts, FromServer, ToServer } from './server-protocol.ts';

const PROGRAM = fileURLToPath(new URL('server-process.ts', import.meta.url));

export type Server = Awaited<ReturnType<typeof startServer>>;

/**
 * Starts a server on fresh data in its own process.
 *
 * @param mode `together` as `npm start`, `isolated` as `npm start -- --isolate`
 * @param settings variables of the operator; steps are processes by default
 */
export async function startServer(
  mode: 'together' | 'isolated',
  settings: Readonly<Record<string, string>> = stepRunner,
) {
  const dataDir = mkdtempSync(join(tmpdir(), 'flowserv-bench-'));
  const child = fork(PROGRAM, [dataDir, mode, JSON.stringify(settings)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const died = ended.then(([code]) => {
    throw new Error(`the server ended with ${code}`);
  });
  died.catch(() => {});
  const send = (message: ToServer) => void child.send(message);
  const next = async <K extends FromServer['kind']>(kind: K): Promise<Extract<FromServer, { kind: K }>> => {
    for (;;) {
      const [message]: FromServer[] = await Promise.race([once(child, 'message'), died]);
      if (message && isOfKind(message, kind)) return message;
    }
  };
  const { url, operator } = await next('ready');
  return {
    url,
    operator,
    usage: processUsage(child.pid ?? 0),
    /** The calls since the last time. */
    async calls(): Promise<CallCounts> {
      send('calls');
      return (await next('calls')).counts;
    },
    async close(): Promise<void> {
      send('close');
      await ended;
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function isOfKind<K extends FromServer['kind']>(
  message: FromServer,
  kind: K,
): message is Extract<FromServer, { kind: K }> {
  return message.kind === kind;
}
