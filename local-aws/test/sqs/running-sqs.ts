import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SQSClient } from '@aws-sdk/client-sqs';
import { createCredentialLookup } from '../../aws/credentials.ts';
import { startJsonServer } from '../../aws/json-protocol.ts';
import type { Clock } from '../../sqs/clock.ts';
import { createQueues } from '../../sqs/queues.ts';

export const REGION = 'eu-central-1';
export const ACCOUNT = '123456789012';
export const CREDENTIALS = { accessKeyId: 'TESTKEY', secretAccessKey: 'test-secret' };

interface ManualClock extends Clock {
  advance(milliseconds: number): void;
  /** Number of pending calls. */
  pending(): number;
}

/** A clock that advances only on request. */
export function manualClock(start = Date.UTC(2030, 0, 1)): ManualClock {
  let time = start;
  const waiting = new Set<{ readonly time: number; readonly run: () => void }>();
  const runDue = () => {
    for (const entry of [...waiting].sort((a, b) => a.time - b.time)) {
      if (entry.time > time || !waiting.delete(entry)) continue;
      entry.run();
    }
  };
  return {
    now: () => time,
    at(due, run) {
      const entry = { time: due, run };
      waiting.add(entry);
      if (due <= time) setImmediate(runDue);
      return () => waiting.delete(entry);
    },
    advance(milliseconds) {
      time += milliseconds;
      runDue();
    },
    pending: () => waiting.size,
  };
}

/** Queues in their own folder, which `close` removes. */
export async function openQueues(clock: Clock = manualClock()) {
  const dataDir = await mkdtemp(join(tmpdir(), 'local-sqs-'));
  const queues = createQueues({ dataDir, region: REGION, accountId: ACCOUNT, clock });
  const close = async () => {
    queues.close();
    await rm(dataDir, { recursive: true, force: true });
  };
  return { queues, dataDir, close };
}

/** The same with a server and a client. */
export async function startSqs(clock?: Clock) {
  const opened = await openQueues(clock);
  const server = await startJsonServer({
    services: [opened.queues.service],
    credentials: createCredentialLookup([CREDENTIALS]),
    region: REGION,
    port: 0,
  });
  const clientWith = (credentials: typeof CREDENTIALS) =>
    new SQSClient({ endpoint: server.endpoint, region: REGION, credentials, maxAttempts: 1 });
  const client = clientWith(CREDENTIALS);
  const close = async () => {
    client.destroy();
    await server.close();
    await opened.close();
  };
  return { ...opened, client, clientWith, close };
}
