import * as z from 'zod';
import type { Services } from '../services/services.ts';
import { itemCodec } from '../store/codec.ts';
import { absent } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import type { Table } from '../store/table.ts';
import type { StateMachineUse } from '../workflows/state-machines.ts';
import { isLastInQueue, queueOwnerOf, type Run, runCodec } from './run.ts';

const queuedSchema = z.object({
  number: z.number(),
  runId: z.string(),
  /** The state machine of the version when the run was started. */
  machineArn: z.string(),
  /** Absent in entries of earlier releases. */
  use: z.object({ workflowId: z.string(), versionId: z.string(), isPostproc: z.boolean() }).optional(),
  /** The queue owner: a user, a group, or a workflow with its post-processing. */
  party: z.string(),
  /** vCPUs that the run needs; absent in entries of earlier releases. */
  vcpus: z.number().optional(),
  /** The remote engine that executes the run. */
  engine: z.string().optional(),
});
export type QueuedRun = z.infer<typeof queuedSchema>;
export const queuedCodec = itemCodec(1, queuedSchema);

/** The vCPUs that a queued run needs: in earlier releases every step had one. */
export const vcpusOfQueued = ({ vcpus = 1 }: QueuedRun): number => vcpus;

/** Finds which state machine a queued run uses; undefined when the run is gone. */
export async function findUse(table: Table, { use, runId }: QueuedRun): Promise<StateMachineUse | undefined> {
  if (use) return use;
  const run = runCodec.readMaybe(await table.get(keys.run(runId)));
  return run && useOf(run);
}

/** Which state machine a run uses: that of its version, for runs of groups or for post-processing. */
const useOf = ({ workflowId, version, groupId }: Run): StateMachineUse => ({
  workflowId,
  versionId: version,
  isPostproc: groupId === undefined,
});

/** The queue entry of a run. */
export const queuedOf = (run: Run, number: number): QueuedRun => ({
  number,
  runId: run.id,
  machineArn: run.machineArn,
  use: useOf(run),
  party: queueOwnerOf(run),
  ...(run.vcpus === undefined ? {} : { vcpus: run.vcpus }),
  ...(run.engine === undefined ? {} : { engine: run.engine }),
});

/** The next number in the queue. Numbers rise; a run that was never written leaves a gap. */
export async function nextQueueNumber({ table }: Services): Promise<number> {
  const stage = await table.update(keys.queueCounter(), { add: { number: 1 }, set: { v: 1 } });
  return Number(stage.number);
}

/** The write that puts a new run into the queue. */
export function enqueueRun(table: Table, queued: QueuedRun) {
  return table.write.put(queuedCodec.write(keys.queued(queued.party, queued.number), queued), absent);
}

/**
 * Yields the waiting runs, in turn over the queue owners after the given one. The caller must take each from the
 * queue before it requests the next, or add its owner to those that are passed over; otherwise the same run is returned
 * again.
 *
 * @param passedOver owners whose first run stays in the queue
 */
export async function* inTurn(
  table: Table,
  after: string,
  passedOver: ReadonlySet<string>,
): AsyncGenerator<QueuedRun> {
  const [first, second] = (await table.list(keys.queue(), { limit: 2 })).map(queuedCodec.read);
  if (!first) return;
  // The common case takes one read: a run that arrives meanwhile has a wake-up call of its own.
  if (!second) return yield first;
  let skipped = 0;
  for (let owner = after; ; ) {
    const next = await nextInTurn(table, owner);
    if (!next) return;
    owner = next.party;
    if (!passedOver.has(owner)) {
      skipped = 0;
      yield next;
    } else {
      skipped += 1;
      // One more than there are: only owners that are passed over are left.
      if (skipped > passedOver.size) return;
    }
  }
}

/**
 * The first run of the next queue owner after the given one, in the circle of all owners with waiting runs. Owners that
 * are last in the queue have a circle of their own, whose turn comes when no other run waits.
 */
async function nextInTurn(table: Table, owner: string): Promise<QueuedRun | undefined> {
  const firstAfter = async (position: string) => {
    const after = position === '' ? {} : { after: keys.queueAfter(position) };
    const [next] = await table.list(keys.queue(), { limit: 1, ...after });
    return queuedCodec.readMaybe(next);
  };
  const next = await firstAfter(owner);
  if (owner === '' || (next && !isLastInQueue(next.party))) return next;
  const first = await firstAfter('');
  return next && first && isLastInQueue(first.party) ? next : first;
}

/**
 * Drops a queue entry whose run no longer waits under its number: canceled, deleted or admitted.
 *
 * @returns false when the run still waits
 */
export async function forget(table: Table, queued: QueuedRun): Promise<boolean> {
  const run = runCodec.readMaybe(await table.get(keys.run(queued.runId)));
  if (run?.queueNumber === queued.number && run.state === 'PENDING' && !run.deleting) return false;
  await table.remove(keys.queued(queued.party, queued.number));
  return true;
}
