import { FlowservError } from '../errors.ts';
import { removeHolder } from '../quotas/refund.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { dueAttributes, minutesLater } from '../store/due.ts';
import { type Condition, exists } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { objectKeys } from '../volumes/keys.ts';
import { markDirty } from '../workflows/board.ts';
import { cancelRun, wrongState } from './cancel.ts';
import { followUp } from './follow-up.ts';
import { entryKey } from './life-cycle.ts';
import { type Run, readAnyRun, runCodec } from './run.ts';
import { isActive } from './state.ts';

/** An interrupted deletion is completed by the sweep after this time. */
const CHECK_MINUTES = 1;
/**
 * A task that was stopped may hold upload links: those of 15 minutes that it got last, and those for its logs,
 * which it gets for 3 minutes more. Two minutes are for clocks that differ.
 */
const LINK_MINUTES = 20;

/**
 * Deletes a run that has ended, with its files and its place on the leaderboard. The run is gone for every
 * reader with the first write; the sweep completes what an interruption leaves.
 *
 * @throws FlowservError 400 while the run is active
 */
export async function removeRun(services: Services, run: Run): Promise<void> {
  if (isActive(run.state)) throw wrongState('run.active', run.state);
  const { table, now } = services;
  const inactive: Condition = {
    expression: 'attribute_exists(#pk) AND NOT #state IN (:pending, :running)',
    values: { pending: 'PENDING', running: 'RUNNING' },
  };
  const due = dueAttributes(run.id, minutesLater(now(), CHECK_MINUTES));
  const change = { set: { deleting: true, ...due } };
  const marked = await conditionally(table.update(keys.run(run.id), change, inactive));
  // It had ended, and no run becomes active again: otherwise somebody else has removed it.
  if (marked) await completeRemoval(services, runCodec.read(marked.value));
}

/**
 * Deletes a run in any state, also one whose deletion was interrupted; an active one is canceled first.
 *
 * @param reason the message of a run that is canceled
 */
export async function stopAndRemoveRun(services: Services, runId: string, reason: string): Promise<void> {
  const run = await readAnyRun(services, runId);
  if (!run) return;
  if (!isActive(run.state)) return removeRun(services, run);
  try {
    await removeRun(services, await cancelRun(services, run, reason));
  } catch (error) {
    if (!(error instanceof FlowservError)) throw error;
    // The run has ended by itself in between, so it is not active now.
    await stopAndRemoveRun(services, runId, reason);
  }
}

/**
 * Removes all that belongs to a run marked as deleting; the run's own item goes last. Where a task may still
 * hold links it goes later, so that the sweep also removes what is uploaded by them.
 */
export async function completeRemoval(services: Services, run: Run): Promise<void> {
  const { table, objects, now } = services;
  if (!run.settled) await followUp(services, run);
  if (run.groupId !== undefined) await removeResult(services, run);
  await table.remove(entryKey(run));
  await objects.removeAll('data', objectKeys.run(run.workflowId, run.id));
  await objects.removeAll('work', objectKeys.runWork(run.id));
  for await (const item of table.range(keys.runParts(run.id))) {
    if (item.sk !== keys.run(run.id).sk) await table.remove({ pk: item.pk, sk: item.sk });
  }
  const quiet = linksDeadAt(run);
  if (quiet <= now()) return removeHolder(services, keys.run(run.id), run.reservations);
  await keepUntil(services, run, quiet);
}

/** When no upload to the run can come any more. A success has stored everything before it became one. */
function linksDeadAt({ state, startedAt, finishedAt }: Run): Date {
  const ran = state !== 'SUCCESS' && startedAt !== finishedAt;
  return ran && finishedAt !== undefined ? minutesLater(new Date(finishedAt), LINK_MINUTES) : new Date(0);
}

async function keepUntil({ table }: Services, run: Run, time: Date): Promise<void> {
  const change = { set: { settled: true, ...dueAttributes(run.id, time) } };
  await conditionally(table.update(keys.run(run.id), change, exists));
}

/** Takes a run off the leaderboard. That is no reason for post-processing, so `trigger` stays as it is. */
async function removeResult(services: Services, run: Run): Promise<void> {
  const { table, messages } = services;
  const removed = await conditionally(
    table.transact([
      table.write.remove(keys.result(run.workflowId, run.createdAt, run.id), exists),
      markDirty(services, run.workflowId, { results: -1, trigger: 0 }),
    ]),
  );
  if (removed) await messages.boardDirty(run.workflowId);
}
