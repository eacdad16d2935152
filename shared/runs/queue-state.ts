import * as z from 'zod';
import type { Services } from '../services/services.ts';
import { itemCodec } from '../store/codec.ts';
import { keys } from '../store/keys.ts';
import { readCapacity } from './capacity.ts';
import { queuedCodec } from './queue.ts';
import { readAnyRun } from './run.ts';

/** Entries of the queue that are read; a longer queue is reported with this length. */
const MAX_READ = 1_000;

/** How many runs waited at a time, in epoch milliseconds. It is written once a minute, unless the stage is idle. */
const lengthSchema = z.object({ runs: z.number(), at: z.number() });
export const queueLengthCodec = itemCodec(1, lengthSchema);

/**
 * Reports how many runs wait and since when, and how many vCPUs the others hold, and stores the number for waiting
 * runs to show. Reports nothing for an idle stage.
 */
export async function reportQueue(services: Services): Promise<void> {
  const { table, metrics, now } = services;
  const [stage, items] = await Promise.all([
    readCapacity(services),
    table.list(keys.queue(), { limit: MAX_READ }),
  ]);
  if (stage.inUse === 0 && items.length === 0) return;
  await table.update(keys.queueLength(), { set: { v: 1, runs: items.length, at: now().getTime() } });
  // Queue numbers rise with time, while the queue is sorted by owner.
  const [first] = items.map(queuedCodec.read).toSorted((a, b) => a.number - b.number);
  const oldest = first && (await readAnyRun(services, first.runId));
  const wait = oldest ? (now().getTime() - Date.parse(oldest.createdAt)) / 1000 : 0;
  metrics.record({
    RunsWaiting: items.length,
    LongestWait: Math.max(0, Math.round(wait)),
    VcpusInUse: stage.inUse,
  });
}
