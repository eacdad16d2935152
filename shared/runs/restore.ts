import { setTimeout as sleep } from 'node:timers/promises';
import { unknownObject } from '../errors.ts';
import type { Group } from '../groups/group.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { dueAttributes, minutesLater } from '../store/due.ts';
import { absent, alive, all, exists, madeAt } from '../store/expressions.ts';
import type { Write } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { isKept, markNames, restorable } from '../store/purge.ts';
import { markDirty } from '../workflows/leaderboard-state.ts';
import { entryWrites, removedEntryKey } from './life-cycle.ts';
import { readResultItem, resultItem } from './result.ts';
import { type Run, readAnyRun } from './run.ts';

/** Attempts, while the purge of the run looks at it for a moment, and the pause between them. */
const ROUNDS = 10;
const PAUSE_MS = 200;
/** The sweep checks a restored run after this time. */
const CHECK_MINUTES = 1;

/**
 * Returns a run that is deleted and can be restored, or one that is not deleted.
 *
 * @throws FlowservError 404
 */
export async function findKeptRun(services: Services, runId: string): Promise<Run> {
  const run = await readAnyRun(services, runId);
  if (!run || (run.deleting && !isKept(services.now(), run))) throw unknownObject('run', runId);
  return run;
}

/**
 * Restores a deleted run with its files, its entry in the list and its place on the leaderboard. The choice of its group
 * for the ranking is restored unless the group chose others meanwhile. A run that is not deleted stays as it is.
 *
 * @param group that it belongs to
 * @throws FlowservError 404 if its purge began, or the group was deleted
 */
export async function restoreRun(services: Services, runId: string, group: Group): Promise<Run> {
  const { table, messages, now } = services;
  for (let round = 0; round < ROUNDS; round += 1) {
    if (round > 0) await sleep(PAUSE_MS);
    const run = await findKeptRun(services, runId);
    if (!run.deleting) return run;
    // The id of a group can be used again after its purge.
    if (run.groupId !== group.id || run.createdAt < group.createdAt) break;
    const ranking = await rankingWrites(services, run, group);
    // The deletion may have interrupted what follows the end of a run.
    const isComplete = run.settled && run.state === 'SUCCESS';
    const due = isComplete ? {} : dueAttributes(runId, minutesLater(now(), CHECK_MINUTES));
    const remove = markNames.filter((name) => !Object.hasOwn(due, name));
    const restored = await conditionally(
      table.transact([
        table.write.update(keys.run(runId), { set: due, remove }, restorable(now())),
        ...entryWrites(table, run, { activeRuns: 0 }, all(alive, madeAt(group.createdAt))),
        table.write.remove(removedEntryKey(run)),
        table.write.remove(keys.purge('run', runId)),
        ...ranking,
      ]),
    );
    if (!restored) continue;
    if (ranking.length > 0) await messages.leaderboardDirty(run.workflowId);
    return (await readAnyRun(services, runId)) ?? run;
  }
  throw unknownObject('run', runId);
}

/** The set of ranked runs becomes the one that was post-processed before the deletion: no `trigger` is needed. */
async function rankingWrites(services: Services, run: Run, { chosen = [] }: Group): Promise<Write[]> {
  const { table } = services;
  const key = keys.hiddenResult(run.id);
  const hidden = await table.get(key);
  if (!hidden) return [];
  const { chosen: wasChosen, ...result } = readResultItem(hidden);
  const isChosen = wasChosen === true && chosen.includes(run.id);
  const restored = isChosen ? { ...result, chosen: true } : result;
  return [
    table.write.put(resultItem(keys.result(run.workflowId, run.createdAt, run.id), restored), absent),
    table.write.remove(key, exists),
    markDirty(services, run.workflowId, { results: 1, trigger: 0 }),
  ];
}
