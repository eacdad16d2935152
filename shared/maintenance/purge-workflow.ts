import { groupCodec, groupEntryCodec, readAnyGroup } from '../groups/group.ts';
import { markGroup } from '../groups/remove.ts';
import { removeSources } from '../installations/sources.ts';
import { listWebhooks } from '../notifications/webhooks.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { all, madeAt, marked } from '../store/expressions.ts';
import type { Item } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { objectKeys } from '../volumes/keys.ts';
import { workflowCodec } from '../workflows/workflow.ts';
import { release, take } from './lease.ts';
import type { InTime, Outcome } from './outcome.ts';
import { purgeGroup, removeItems } from './purge-group.ts';
import { cancelRuns, type DoomedRuns, purgeRuns } from './purge-runs.ts';

/**
 * Cancels the active runs of a workflow that is marked as deleted. Once its time has come, removes everything stored
 * for it: its groups, its post-processing, its results, versions and files. Every part can be repeated; the
 * workflow's own item goes last, which frees the identifier. State machines and task definitions stay, because other
 * workflows may share them.
 */
export async function purgeWorkflow(services: Services, item: Item, inTime: InTime): Promise<Outcome> {
  const { table, objects, now } = services;
  const { id, purgeAfter = '', createdAt } = workflowCodec.read(item);
  for (const runs of await activeLists(services, id)) {
    if (!(await cancelRuns(services, runs, inTime))) return 'more';
  }
  if (purgeAfter > now().toISOString()) return new Date(purgeAfter);
  if (!(await purgeGroups(services, id, inTime))) return 'more';
  // Without the leaderboard no further post-processing run can be started.
  const stillOwn = table.write.check(keys.workflow(id), all(marked, madeAt(createdAt)));
  // If another worker freed the identifier, the leaderboard may be another workflow's.
  if (!(await conditionally(table.transact([stillOwn, table.write.remove(keys.leaderboard(id))]))))
    return 'done';
  const postproc = postprocOf(id);
  if (!(await cancelRuns(services, postproc, inTime))) return 'more';
  if (!(await purgeRuns(services, postproc, inTime))) return 'more';
  const removed = { ...postproc, entries: keys.removedRuns(keys.workflow(id)) };
  if (!(await purgeRuns(services, removed, inTime))) return 'more';
  await removeSources(services, id);
  await objects.removeAll('data', objectKeys.workflow(id));
  await objects.removeAll('work', objectKeys.submissionArchives(id));
  const last = keys.workflow(id);
  if (!(await removeItems(services, keys.results(id), inTime))) return 'more';
  if (!(await removeItems(services, keys.moderations(id), inTime))) return 'more';
  if (!(await removeItems(services, keys.submissionsRequests(id), inTime))) return 'more';
  if (!(await removeItems(services, keys.allAudited(id), inTime))) return 'more';
  if (!(await removeItems(services, keys.allUsages(id), inTime))) return 'more';
  await removeSecrets(services, id);
  if (!(await removeItems(services, keys.allOfWebhooks(id), inTime))) return 'more';
  if (!(await removeItems(services, keys.subscriptions(id), inTime))) return 'more';
  if (!(await removeItems(services, { pk: last.pk, prefix: '' }, inTime, last.sk))) return 'more';
  // If another worker freed the identifier, it may belong to another workflow now.
  const own = table.write.remove(last, madeAt(createdAt));
  await conditionally(table.transact([own, table.write.remove(keys.purge('workflow', id))]));
  return 'done';
}

/** The webhooks themselves stay until all secrets are removed, so that a repetition finds them. */
async function removeSecrets(services: Services, workflowId: string): Promise<void> {
  for (const { id } of await listWebhooks(services, workflowId)) {
    await services.table.remove(keys.webhookSecret(id));
  }
}

const REASON = 'the workflow was deleted';

const postprocOf = (workflowId: string): DoomedRuns => ({
  workflowId,
  entries: keys.postprocEntries(workflowId),
  reason: REASON,
});

/** The lists of runs that may be active: those of groups with a count above zero, and that of post-processing. */
async function activeLists({ table }: Services, workflowId: string): Promise<DoomedRuns[]> {
  const ids = (await table.list(keys.workflowGroups(workflowId))).map(
    (item) => groupEntryCodec.read(item).id,
  );
  const groups = (await table.getMany(ids.map(keys.group))).map(groupCodec.read);
  const lists = groups
    .filter(({ activeRuns }) => activeRuns > 0)
    .map(({ id }) => ({ workflowId, entries: keys.runEntries(id), reason: REASON }));
  return [...lists, postprocOf(workflowId)];
}

/**
 * Deletes and purges one group after the other, so that none accepts a run or an upload any more.
 *
 * @returns whether none is left; false when the time is over, or another worker purges one
 */
async function purgeGroups(services: Services, workflowId: string, inTime: InTime): Promise<boolean> {
  const { table, now } = services;
  for await (const entry of table.range(keys.workflowGroups(workflowId))) {
    if (!inTime()) return false;
    const { id } = groupEntryCodec.read(entry);
    const key = keys.group(id);
    const group = await readAnyGroup(services, id);
    if (group && !group.deleting) await markGroup(services, group, 'now');
    const item = await take(services, { id, key });
    if (!item) return false;
    let outcome: Outcome = 'more';
    try {
      outcome = await purgeGroup(services, { ...item, purgeAfter: now().toISOString() }, inTime);
    } finally {
      if (outcome !== 'done') await release(services, { id, key }, item, now());
    }
    if (outcome !== 'done') return false;
  }
  return true;
}
