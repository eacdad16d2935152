import type { Services } from '../services/services.ts';
import { keys } from '../store/keys.ts';
import { readCapacity } from './capacity.ts';
import { queuedCodec } from './queue.ts';
import { readAnyRun } from './run.ts';

/** Entries of the queue that are read; a longer queue is reported with this length. */
const MAX_READ = 1_000;

/** Reports how many runs wait and since when, and how many vCPUs the others hold. Reports nothing for an idle stage. */
export async function reportQueue(services: Services): Promise<void> {
  const { table, metrics, now } = services;
  const [stage, items] = await Promise.all([
    readCapacity(services),
    table.list(keys.queue(), { limit: MAX_READ }),
  ]);
  if (stage.inUse === 0 && items.length === 0) return;
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
