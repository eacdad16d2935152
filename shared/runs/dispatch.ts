import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { logError } from '../log.ts';
import type { Services } from '../services.ts';
import { itemCodec } from '../store/codec.ts';
import { dueAttributes, minutesLater } from '../store/due.ts';
import { absent, type Condition } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { ConditionFailed, conditionally, type Table } from '../store/table.ts';
import { runCodec } from './run.ts';

const queuedSchema = z.object({
  number: z.number(),
  runId: z.string(),
  machineArn: z.string(),
  /** Who waits: a group, or a workflow with its post-processing. */
  party: z.string(),
});
export type QueuedRun = z.infer<typeof queuedSchema>;
export const queuedCodec = itemCodec(1, queuedSchema);

/** Runs that one pass admits at most: each takes some 50 ms, and a pass has a minute. */
const PASS_LIMIT = 500;
/**
 * Pauses in milliseconds before a machine that is not found is looked for again: one that was just created may
 * stay unseen for some seconds (Step Functions API reference, CreateStateMachine, eventual consistency).
 */
const MACHINE_PAUSES_MS = [250, 500, 1000, 2000, 4000];
/** StartExecution may be lost after admission; the sweep looks again after this time. */
const START_CHECK_MINUTES = 2;

/** The next number in the queue. Numbers rise; a number whose run was never written leaves a gap. */
export async function nextQueueNumber({ table }: Services): Promise<number> {
  const stage = await table.update(keys.queueCounter(), { add: { number: 1 }, set: { v: 1 } });
  return Number(stage.number);
}

/**
 * Admits waiting runs while the stage has places free, in turn over the groups, so that a group with many
 * submissions does not hold up the others: the turn goes on where the pass before has ended. Safe to run at
 * any time and several times at once: a run is admitted by one transaction that takes it from the queue and
 * takes a place.
 *
 * @returns the number of runs that were admitted
 */
export async function dispatch(services: Services): Promise<number> {
  const { table, config } = services;
  const stage = await table.get(keys.stage());
  if (Number(stage?.inUse ?? 0) >= config.capacity) return 0;
  const party = typeof stage?.party === 'string' ? stage.party : '';
  let admitted = 0;
  let looks = 0;
  const launches: Promise<void>[] = [];
  const absent = new Set<string>();
  for await (const queued of inTurn(table, party)) {
    looks += 1;
    if (looks > PASS_LIMIT) break;
    const outcome = await admit(services, queued);
    if (outcome === 'full') break;
    if (outcome === 'gone') continue;
    admitted += 1;
    // A machine that is not seen yet holds up no other run.
    launches.push(launch(services, queued, absent));
  }
  await Promise.all(launches);
  return admitted;
}

/**
 * The runs that wait, in turn over the parties after the given one. Each has to be taken from the queue before the
 * next is asked for, or else it comes again.
 */
async function* inTurn(table: Table, after: string): AsyncGenerator<QueuedRun> {
  const [first, second] = (await table.list(keys.queue(), { limit: 2 })).map(queuedCodec.read);
  if (!first) return;
  // The common case takes one look: a run that comes meanwhile has a wake-up call of its own.
  if (!second) return yield first;
  for (let party = after; ; ) {
    const next = await nextInTurn(table, party);
    if (!next) return;
    yield next;
    party = next.party;
  }
}

/** The first run of the party that comes after the given one, in the circle of all parties that wait. */
async function nextInTurn(table: Table, party: string): Promise<QueuedRun | undefined> {
  const after = party === '' ? {} : { after: keys.queueAfter(party) };
  const [next] = await table.list(keys.queue(), { limit: 1, ...after });
  if (next || party === '') return queuedCodec.readMaybe(next);
  const [first] = await table.list(keys.queue(), { limit: 1 });
  return queuedCodec.readMaybe(first);
}

async function admit(services: Services, queued: QueuedRun): Promise<'admitted' | 'full' | 'gone'> {
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
  const taken = { set: { v: 1, party: queued.party }, add: { inUse: 1 } };
  const started = { set: { admitted: true, ...due }, remove: ['queueNumber'] };
  try {
    await table.transact([
      table.write.update(keys.stage(), taken, placeFree),
      table.write.update(keys.run(queued.runId), started, waits),
      table.write.remove(keys.queued(queued.party, queued.number)),
    ]);
    return 'admitted';
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    if (!error.actions.includes(1)) return 'full';
    await forget(table, queued);
    return 'gone';
  }
}

/**
 * Starts the execution of an admitted run. One that does not start now is started by the sweep.
 *
 * @param absent machines that were looked for in vain; the runs of one are not waited for one by one
 */
async function launch(
  { executions }: Services,
  { runId, machineArn }: QueuedRun,
  absent: Set<string>,
): Promise<void> {
  try {
    for (const pause of [0, ...MACHINE_PAUSES_MS]) {
      if (pause > 0) await sleep(pause);
      if ((await executions.start(machineArn, runId)) || absent.has(machineArn)) return;
    }
    absent.add(machineArn);
  } catch (error) {
    logError('an admitted run was not started', { runId }, error);
  }
}

/** Drops a queue entry whose run no longer waits under its number: canceled, deleted or admitted. */
async function forget(table: Table, queued: QueuedRun): Promise<void> {
  const run = runCodec.readMaybe(await table.get(keys.run(queued.runId)));
  if (run?.queueNumber === queued.number && run.state === 'PENDING') return;
  await table.remove(keys.queued(queued.party, queued.number));
}

/** Gives back the place that a run holds, once. */
export async function releasePlace({ table }: Services, runId: string): Promise<void> {
  const holds: Condition = { expression: '#admitted = :yes', values: { yes: true } };
  await conditionally(
    table.transact([
      table.write.update(keys.run(runId), { remove: ['admitted'] }, holds),
      table.write.update(keys.stage(), { add: { inUse: -1 } }),
    ]),
  );
}

/** The write that puts a new run into the queue. */
export function enqueue(table: Table, queued: QueuedRun) {
  return table.write.put(queuedCodec.write(keys.queued(queued.party, queued.number), queued), absent);
}
