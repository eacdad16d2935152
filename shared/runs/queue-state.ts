import type { Services } from '../services/services.ts';
import { keys } from '../store/keys.ts';
import { queuedCodec } from './queue.ts';
import { readAnyRun } from './run.ts';
import { readStage } from './stage.ts';

/** Entries of the queue that are looked at: one that is longer is reported as so long. */
const LOOK_AT = 1_000;

/** Reports how many runs wait and since when, and how many hold a slot; nothing of a stage where nothing happens. */
export async function reportQueue(services: Services): Promise<void> {
  const { table, metrics, now } = services;
  const [stage, items] = await Promise.all([
    readStage(services),
    table.list(keys.queue(), { limit: LOOK_AT }),
  ]);
  if (stage.inUse === 0 && items.length === 0) return;
  // Numbers rise, while the queue is in the order of the parties.
  const [first] = items.map(queuedCodec.read).toSorted((a, b) => a.number - b.number);
  const oldest = first && (await readAnyRun(services, first.runId));
  const wait = oldest ? (now().getTime() - Date.parse(oldest.createdAt)) / 1000 : 0;
  metrics.record({
    RunsWaiting: items.length,
    LongestWait: Math.max(0, Math.round(wait)),
    SlotsInUse: stage.inUse,
  });
}
