import { type Group, groupCodec } from '../groups/group.ts';
import { reservedName } from '../groups/names.ts';
import { refundWrites } from '../quotas/refund.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { dueAttributes, minutesLater } from '../store/due.ts';
import { exists, madeAt } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { objectKeys } from '../volumes/keys.ts';
import { removeItems, removeRuns } from './remove-contents.ts';

/** An interrupted deletion is completed by the sweep after this time; a request ends after 30 s. */
const CHECK_MINUTES = 1;

/**
 * Deletes a group with its uploads, its runs and all their files; active runs are stopped first. The group
 * is gone for every reader with the first write. Deleting it again, or the sweep, completes what an
 * interruption left. Only the first and the last write see whether the group is still this one: of two deletions at
 * once the slower may meet what is made under the same identifier, where that is chosen, while it is under way.
 */
export async function removeGroup(services: Services, found: Group): Promise<void> {
  const { objects } = services;
  const group = await close(services, found);
  if (!group) return;
  await removeRuns(services, keys.runEntries(group.id), 'the group was deleted');
  await objects.removeAll('data', objectKeys.group(group.workflowId, group.id));
  const last = keys.group(group.id);
  await removeItems(services, { pk: last.pk, prefix: '' }, last.sk);
  await forget(services, group);
}

/** The last writes, after which the name is free. Where somebody else has made them, it may be another group's. */
async function forget(services: Services, group: Group): Promise<void> {
  const { table } = services;
  const { id, workflowId, members, createdAt, reservations } = group;
  const name = await reservedName(services, group);
  await conditionally(
    table.transact([
      table.write.remove(keys.group(id), madeAt(createdAt)),
      table.write.remove(name),
      table.write.remove(keys.workflowGroup(workflowId, id)),
      ...members.map((member) => table.write.remove(keys.membership(member.id, id))),
      ...refundWrites(table, reservations),
    ]),
  );
}

/**
 * The group as it stays from here on: it takes no change and no run any more, and the sweep looks at it until
 * it is gone. Undefined when it is.
 */
async function close(services: Services, { id, workflowId, createdAt }: Group): Promise<Group | undefined> {
  const { table, now } = services;
  const due = dueAttributes(id, minutesLater(now(), CHECK_MINUTES));
  const closed = await conditionally(
    table.transact([
      table.write.update(keys.group(id), { set: { deleting: true, ...due } }, madeAt(createdAt)),
      // From here on the leaderboard, which reads the names of the list, leaves it out.
      table.write.update(keys.workflowGroup(workflowId, id), { set: { deleting: true } }, exists),
    ]),
  );
  const group = closed && (await readAnyGroup(services, id));
  return group?.createdAt === createdAt ? group : undefined;
}

/** The group even when its deletion has begun, so that the deletion can be completed. */
export async function readAnyGroup({ table }: Services, groupId: string): Promise<Group | undefined> {
  return groupCodec.readMaybe(await table.get(keys.group(groupId)));
}
