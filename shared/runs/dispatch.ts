import * as z from 'zod';
import type { Services } from '../services.ts';
import { itemCodec } from '../store/codec.ts';
import { absent, all, type Condition } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { ConditionFailed, type Table } from '../store/table.ts';
import { dueAttributes, findRun, minutesLater, type Run, runCodec } from './run.ts';

const queuedSchema = z.object({
  number: z.number(),
  runId: z.string(),
  workflowId: z.string(),
  /** The group that waits; a workflow's post-processing waits under the workflow's own name. */
  party: z.string(),
});
export type QueuedRun = z.infer<typeof queuedSchema>;
export const queuedCodec = itemCodec(1, queuedSchema);

/** Waiting runs that one pass looks at: enough to be fair among many groups, few enough for one query page. */
const WINDOW = 500;
/** StartExecution may be lost after admission; the sweep looks again after this time. */
const START_CHECK_MINUTES = 2;

/** The next number in the queue. Numbers rise; a number whose run was never written leaves a gap. */
export async function nextQueueNumber({ table }: Services): Promise<number> {
  const stage = await table.update(keys.stage(), { add: { queueNumber: 1 }, set: { v: 1 } });
  return Number(stage.queueNumber);
}

/**
 * Admits waiting runs while the stage has places free, in turn over the groups, so that a group with many
 * submissions does not hold up the others. Safe to run at any time and several times at once: a run is
 * admitted by one transaction that takes it from the queue and takes a place.
 *
 * @returns the number of runs that were started
 */
export async function dispatch(services: Services): Promise<number> {
  const waiting = (await services.table.list(keys.queue(), { limit: WINDOW })).map(queuedCodec.read);
  let started = 0;
  for (const queued of inTurn(waiting)) {
    const outcome = await admit(services, queued);
    if (outcome === 'full') break;
    if (outcome === 'gone') continue;
    await services.executions.start(outcome.machineArn, outcome.id);
    started += 1;
  }
  return started;
}

/** First everyone's first run, then everyone's second, …; the order of arrival within each round. */
export function inTurn<T extends { readonly party: string }>(waiting: readonly T[]): T[] {
  const seen = new Map<string, number>();
  const rounds: T[][] = [];
  for (const queued of waiting) {
    const round = seen.get(queued.party) ?? 0;
    seen.set(queued.party, round + 1);
    const others = rounds[round];
    if (others) others.push(queued);
    else rounds.push([queued]);
  }
  return rounds.flat();
}

async function admit(services: Services, queued: QueuedRun): Promise<Run | 'full' | 'gone'> {
  const { table, config, now } = services;
  const placeFree: Condition = {
    expression: 'attribute_not_exists(#inUse) OR #inUse < :capacity',
    values: { capacity: config.capacity },
  };
  const waits: Condition = {
    expression: '#queueNumber = :number AND #state = :pending AND attribute_not_exists(#deleting)',
    values: { number: queued.number, pending: 'PENDING' },
  };
  const due = dueAttributes(queued.runId, minutesLater(now(), START_CHECK_MINUTES));
  try {
    await table.transact([
      table.write.update(keys.stage(), { add: { inUse: 1 } }, placeFree),
      table.write.update(
        keys.run(queued.runId),
        { set: { admitted: true, ...due }, remove: ['queueNumber'] },
        waits,
      ),
      table.write.remove(keys.queued(queued.number)),
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    if (!error.actions.includes(1)) return 'full';
    await forget(table, queued);
    return 'gone';
  }
  return findRun(services, queued.runId);
}

/** Drops a queue entry whose run no longer waits under its number: canceled, deleted or admitted. */
async function forget(table: Table, queued: QueuedRun): Promise<void> {
  const run = runCodec.readMaybe(await table.get(keys.run(queued.runId)));
  if (run?.queueNumber === queued.number && run.state === 'PENDING') return;
  await table.remove(keys.queued(queued.number));
}

/** Gives back the place that a run holds, once. */
export async function releasePlace({ table }: Services, runId: string): Promise<void> {
  const holds: Condition = { expression: '#admitted = :yes', values: { yes: true } };
  try {
    await table.transact([
      table.write.update(keys.run(runId), { remove: ['admitted'] }, holds),
      table.write.update(keys.stage(), { add: { inUse: -1 } }),
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}

/** The writes that put a new run into the queue. */
export function enqueue(table: Table, queued: QueuedRun) {
  return table.write.put(queuedCodec.write(keys.queued(queued.number), queued), all(absent));
}
