import { type Group, groupCodec } from '../groups/group.ts';
import { freeingWrites } from '../groups/remove.ts';
import { reservationsSchema } from '../quotas/quota.ts';
import { refundWrites, removeHolder } from '../quotas/refund.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { madeAt } from '../store/expressions.ts';
import type { Item, Range } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { abortMultipartUploads } from '../uploads/multipart-end.ts';
import { objectKeys } from '../volumes/keys.ts';
import type { InTime, Outcome } from './outcome.ts';
import { cancelRuns, purgeRuns } from './purge-runs.ts';

/**
 * Cancels the active runs of a group that is marked as deleted. Once its time has come, removes everything stored for
 * it: its runs, its uploads, and its partition. Every part can be repeated; the group's own item goes last, which
 * frees the identifier.
 */
export async function purgeGroup(services: Services, item: Item, inTime: InTime): Promise<Outcome> {
  const { objects, now } = services;
  const group = groupCodec.read(item);
  const { id, workflowId, purgeAfter = '' } = group;
  const runs = { workflowId, entries: keys.runEntries(id), reason: 'the group was deleted' };
  if (group.activeRuns > 0 && !(await cancelRuns(services, runs, inTime))) return 'more';
  if (purgeAfter > now().toISOString()) return new Date(purgeAfter);
  if (!(await purgeRuns(services, runs, inTime))) return 'more';
  const removed = { ...runs, entries: keys.removedRuns(keys.group(id)) };
  if (!(await purgeRuns(services, removed, inTime))) return 'more';
  if (!(await abortMultipartUploads(services, id, inTime))) return 'more';
  await objects.removeAll('data', objectKeys.group(workflowId, id));
  const last = keys.group(id);
  if (!(await removeItems(services, keys.moderations(workflowId, id), inTime))) return 'more';
  if (!(await removeItems(services, { pk: last.pk, prefix: '' }, inTime, last.sk))) return 'more';
  await forget(services, group);
  return 'done';
}

/** The last writes. If another worker made them already, the identifier may belong to another group. */
async function forget(services: Services, group: Group): Promise<void> {
  const { write, transact } = services.table;
  const { id, workflowId, createdAt } = group;
  // A group that an earlier release marked keeps its name and its place in its owner's list until here.
  const freeing = group.purgeAfter === undefined ? await freeingWrites(services, group) : [];
  await conditionally(
    transact([
      write.remove(keys.group(id), madeAt(createdAt)),
      write.remove(keys.workflowGroup(workflowId, id)),
      write.remove(keys.purge('group', id)),
      ...freeing,
      ...refundWrites(services.table, group.reservations),
    ]),
  );
}

/**
 * Removes the items of a range, except one sort key, and refunds their quotas.
 *
 * @returns whether none is left; false when the time is over
 */
export async function removeItems(
  services: Services,
  range: Range,
  inTime: InTime,
  keep?: string,
): Promise<boolean> {
  for await (const { pk, sk, reservations } of services.table.range(range)) {
    if (sk === keep) continue;
    if (!inTime()) return false;
    await removeHolder(services, { pk, sk }, reservationsSchema.parse(reservations));
  }
  return true;
}
