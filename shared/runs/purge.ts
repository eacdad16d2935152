import { refundWrites } from '../quotas/refund.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { dueAttributes } from '../store/due.ts';
import { all, type Condition, exists, marked } from '../store/expressions.ts';
import type { Item, Write } from '../store/item.ts';
import { type Key, keys } from '../store/keys.ts';
import { objectKeys } from '../volumes/keys.ts';
import { leaderboardDue } from '../workflows/leaderboard-state.ts';
import { followUp } from './follow-up.ts';
import { linksDeadAt } from './leftovers.ts';
import { entryKey, removedEntryKey } from './life-cycle.ts';
import type { Run } from './run.ts';
import { stepCodec } from './steps/record.ts';
import { reuseOwner } from './steps/reuse.ts';

/** Items per transaction, which holds 100 actions and 4 MB; an item may have 100 kB (DynamoDB quotas). */
const ITEMS_AT_ONCE = 25;

/**
 * Removes everything stored for a run that is marked as deleted, and refunds its quotas. The run's own item goes
 * last, with the rest of its partition. While a task may still hold links, the item stays, so that the next purge
 * also removes what is uploaded through them.
 *
 * @returns when to purge again, or undefined when nothing of the run is left
 */
export async function purgeRun(services: Services, run: Run): Promise<Date | undefined> {
  const { table, objects, now } = services;
  if (!run.settled) await followUp(services, run);
  if (run.purgeAfter === undefined) await removeEarlierResult(services, run);
  await objects.removeAll('data', objectKeys.run(run.workflowId, run.id));
  await objects.removeAll('work', objectKeys.runWork(run.id));
  const own = keys.run(run.id);
  const parts = (await table.list(keys.runParts(run.id))).filter(({ sk }) => sk !== own.sk);
  await releaseUploads(services, run, parts);
  await forgetOutputs(services, run, parts);
  const quiet = linksDeadAt(run);
  const remove = (key: Key) => table.write.remove({ pk: key.pk, sk: key.sk });
  const rest = [...parts];
  while (rest.length > ITEMS_AT_ONCE) await table.transact(rest.splice(0, ITEMS_AT_ONCE).map(remove));
  const isQuiet = quiet <= now();
  const again = { settled: true, purgeAfter: now().toISOString(), ...dueAttributes(run.id, quiet) };
  const kept = { set: again, remove: ['reservations'] };
  const refunds = refundWrites(table, run.reservations);
  // Refunds once: if another caller refunded them, the reservations are gone from the item.
  const asRead =
    refunds.length === 0 ? marked : all(marked, { expression: 'attribute_exists(#reservations)' });
  await conditionally(
    table.transact([
      isQuiet ? table.write.remove(own, asRead) : table.write.update(own, kept, asRead),
      table.write.remove(entryKey(run)),
      ...moderationWrites(table, run),
      table.write.remove(removedEntryKey(run)),
      ...(isQuiet ? [table.write.remove(keys.purge('run', run.id))] : []),
      ...rest.map(remove),
      ...refunds,
    ]),
  );
  return isQuiet ? undefined : quiet;
}

/** A decision about the ranking of the run, if there ever was one. */
function moderationWrites({ write }: Services['table'], run: Run): Write[] {
  const { id, workflowId, groupId, moderationCount } = run;
  return groupId === undefined || moderationCount === undefined
    ? []
    : [write.remove(keys.runModeration(workflowId, groupId, id))];
}

/** Removes the entries that name outputs of this run, for later runs that could take them. */
async function forgetOutputs({ table }: Services, run: Run, parts: readonly Item[]): Promise<void> {
  const { prefix } = keys.steps(run.id);
  const ofRun: Condition = { expression: '#runId = :runId', values: { runId: run.id } };
  const owner = reuseOwner(run);
  for (const { name, reuse } of parts.filter(({ sk }) => sk.startsWith(prefix)).map(stepCodec.read)) {
    if (reuse?.key === undefined || reuse.from) continue;
    await conditionally(table.remove(keys.reuse(owner, reuse.key), ofRun));
    await conditionally(table.remove(keys.latestReuse(owner, name), ofRun));
  }
}

/** Schedules a check of deleted uploads whose content was kept for this run. */
async function releaseUploads({ table, now }: Services, run: Run, parts: readonly Key[]): Promise<void> {
  if (run.groupId === undefined) return;
  const { sk: prefix } = keys.keptUpload(run.id, '');
  for (const { sk } of parts.filter((part) => part.sk.startsWith(prefix))) {
    const fileId = sk.slice(prefix.length);
    const set = dueAttributes(fileId, now());
    await conditionally(table.update(keys.deletedUpload(run.groupId, fileId), { set }, exists));
  }
}

/** A run that was only marked by an earlier release still has its entry on the leaderboard. */
async function removeEarlierResult(services: Services, run: Run): Promise<void> {
  if (run.groupId === undefined) return;
  const { table, messages } = services;
  const { workflowId, createdAt, id } = run;
  const removed = await conditionally(
    table.transact([
      table.write.remove(keys.result(workflowId, createdAt, id), exists),
      table.write.update(
        keys.leaderboard(workflowId),
        { set: leaderboardDue(services, workflowId), add: { dirty: 1, results: -1 } },
        exists,
      ),
    ]),
  );
  if (removed !== undefined) await messages.leaderboardDirty(workflowId);
}
