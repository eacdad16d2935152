import { markDirty } from '../ranking/board.ts';
import type { Services } from '../services.ts';
import type { Condition } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { ConditionFailed } from '../store/table.ts';
import { objectKeys } from '../volumes/keys.ts';
import { notActive } from './cancel.ts';
import { dueAttributes, minutesLater, type Run, runCodec } from './run.ts';
import { isActive } from './state.ts';

/**
 * Deletes a run that has ended, with its files and its place on the leaderboard. The run is gone for every
 * reader with the first write; the sweep completes what an interruption leaves.
 *
 * @throws FlowservError 400 while the run is active
 */
export async function removeRun(services: Services, run: Run): Promise<void> {
  if (isActive(run.state)) throw notActive(run);
  const { table, now } = services;
  const inactive: Condition = {
    expression: 'attribute_exists(#pk) AND NOT #state IN (:pending, :running)',
    values: { pending: 'PENDING', running: 'RUNNING' },
  };
  const due = dueAttributes(run.id, minutesLater(now(), 1));
  try {
    await table.update(keys.run(run.id), { set: { deleting: true, ...due } }, inactive);
  } catch (error) {
    if (error instanceof ConditionFailed) throw notActive(run);
    throw error;
  }
  await completeRemoval(services, run);
}

/** Removes all that belongs to a run marked as deleting; the run's own item goes last. */
export async function completeRemoval(services: Services, run: Run): Promise<void> {
  const { table, objects } = services;
  if (run.groupId) {
    await removeResult(services, run);
    await table.remove(keys.runEntry(run.groupId, run.createdAt, run.id));
  }
  await objects.removeAll('data', objectKeys.run(run.workflowId, run.id));
  await objects.removeAll('work', objectKeys.runWork(run.id));
  for await (const item of table.range(keys.runParts(run.id))) {
    if (item.sk !== keys.run(run.id).sk) await table.remove({ pk: item.pk, sk: item.sk });
  }
  await table.remove(keys.run(run.id));
}

/** Takes a run off the leaderboard. That is no reason for post-processing, so `trigger` stays as it is. */
async function removeResult({ table, messages }: Services, run: Run): Promise<void> {
  const present: Condition = { expression: 'attribute_exists(#pk)' };
  try {
    await table.transact([
      table.write.remove(keys.result(run.workflowId, run.createdAt, run.id), present),
      markDirty(table, run.workflowId, { results: -1, trigger: 0 }),
    ]);
  } catch (error) {
    if (error instanceof ConditionFailed) return;
    throw error;
  }
  await messages.boardDirty(run.workflowId);
}

/** Reads a run even when it is being deleted. */
export async function readAnyRun({ table }: Services, runId: string): Promise<Run | undefined> {
  return runCodec.readMaybe(await table.get(keys.run(runId)));
}
