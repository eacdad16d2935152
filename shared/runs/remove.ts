import { invalid } from '../errors.ts';
import type { Services } from '../services/services.ts';
import { wakePurge } from '../services/wake-purge.ts';
import { conditionally } from '../store/conditional.ts';
import { type Condition, exists } from '../store/expressions.ts';
import type { Write } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { deletion, endKeeping, type PurgeTime } from '../store/purge.ts';
import { markDirty } from '../workflows/leaderboard-state.ts';
import { entryKey, entryOf, listChange, removedEntryKey } from './life-cycle.ts';
import { type Run, runEntryCodec } from './run.ts';
import { isActive, wrongState } from './state.ts';

/** The condition for marking a run as deleted: it has ended and is not marked yet. */
export const removable: Condition = {
  expression:
    'attribute_exists(#pk) AND NOT #state IN (:pending, :running) AND attribute_not_exists(#deleting)',
  values: { pending: 'PENDING', running: 'RUNNING' },
};

/**
 * Deletes a run that has ended: one transaction hides it from every reader and takes it off the leaderboard. Its
 * purge removes its files and items; until then it can be restored.
 *
 * @param writes for the transaction that deletes the run
 * @throws FlowservError 400 while the run is active
 */
export async function removeRun(
  services: Services,
  run: Run,
  time: PurgeTime = 'later',
  writes: readonly Write[] = [],
): Promise<void> {
  if (isActive(run.state)) throw wrongState('run.active', run.state);
  // Otherwise its group would keep an earlier result instead.
  if (run.rescore !== undefined) throw invalid('run.active', 'the run is about to be ranked');
  const { table, messages } = services;
  const { id, workflowId, groupId } = run;
  const { mark, listed } = deletion(services, { kind: 'run', id, workflowId, groupId }, time);
  const ranking = await rankingWrites(services, run);
  const marked = await conditionally(
    table.transact([
      table.write.update(keys.run(id), { set: mark }, removable),
      table.write.remove(entryKey(run)),
      table.write.put(runEntryCodec.write(removedEntryKey(run), entryOf(run))),
      // The purge of a group marks its runs first, so the group of a run without mark exists.
      ...listChange(table, run),
      listed,
      ...ranking,
      ...writes,
    ]),
  );
  // The run had ended and cannot become active again, so a failed condition means that another caller removed it.
  if (!marked) return;
  if (ranking.length > 0) await messages.leaderboardDirty(workflowId);
  await wakePurge(services, { kind: 'run', id });
}

/** Has a deleted run purged at once. */
export async function purgeRunNow(services: Services, { id }: Run): Promise<void> {
  await endKeeping(services, { kind: 'run', id }, keys.run(id));
  await wakePurge(services, { kind: 'run', id });
}

/**
 * The writes that take a run off the leaderboard and keep its entry with the run. A deletion is no reason for
 * post-processing, so `trigger` stays as it is.
 */
async function rankingWrites(services: Services, run: Run): Promise<Write[]> {
  const { id, workflowId, groupId, state, createdAt } = run;
  if (groupId === undefined || state !== 'SUCCESS') return [];
  const { table } = services;
  const key = keys.result(workflowId, createdAt, id);
  const result = await table.get(key);
  if (!result) return [];
  return [
    table.write.remove(key, exists),
    table.write.put({ ...result, ...keys.hiddenResult(id) }),
    markDirty(services, workflowId, { results: -1, trigger: 0 }),
  ];
}
