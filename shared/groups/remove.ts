import { refundWrites } from '../quotas/refund.ts';
import type { Services } from '../services/services.ts';
import { wakePurge } from '../services/wake-purge.ts';
import { conditionally } from '../store/conditional.ts';
import { alive, all, exists, madeAt } from '../store/expressions.ts';
import type { Write } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { deletion, endKeeping, type PurgeTime } from '../store/purge.ts';
import { markDirty } from '../workflows/leaderboard-state.ts';
import { type Group, readAnyGroup } from './group.ts';
import { reservedName } from './names.ts';

/**
 * Deletes a group: one transaction hides it from every reader, frees its name and removes it from the leaderboard and
 * the lists of its members, and its active runs are canceled. The purge then deletes its uploads and runs; until then the
 * group can be restored.
 */
export async function removeGroup(
  services: Services,
  group: Group,
  time: PurgeTime = 'later',
): Promise<void> {
  const { messages } = services;
  if (!(await markGroup(services, group, time))) return removeAsItIsNow(services, group, time);
  await messages.leaderboardDirty(group.workflowId);
  await wakePurge(services, { kind: 'group', id: group.id });
}

/** Has a deleted group purged at once. */
export async function purgeGroupNow(services: Services, { id, createdAt }: Group): Promise<void> {
  await endKeeping(services, { kind: 'group', id }, keys.group(id), createdAt);
  await wakePurge(services, { kind: 'group', id });
}

/** @returns whether the group is marked now; false if it was changed or deleted since it was read */
export async function markGroup(services: Services, group: Group, time: PurgeTime): Promise<boolean> {
  const { table } = services;
  const { id, workflowId, name, createdAt, revision } = group;
  const { mark, listed } = deletion(services, { kind: 'group', id, workflowId, name }, time);
  const unchanged = all(alive, madeAt(createdAt), {
    expression: '#revision = :revision',
    values: { revision },
  });
  const marked = await conditionally(
    table.transact([
      table.write.update(keys.group(id), { set: mark, remove: ['reservations'] }, unchanged),
      // The leaderboard reads the names of this list.
      table.write.update(keys.workflowGroup(workflowId, id), { set: { deleting: true } }, exists),
      markDirty(services, workflowId, { results: 0, trigger: 0 }),
      ...(await freeingWrites(services, group)),
      listed,
      ...refundWrites(table, group.reservations),
    ]),
  );
  return marked !== undefined;
}

/** Deletes the group again as it is now: another request may have changed or deleted it since it was read. */
async function removeAsItIsNow(services: Services, { id, createdAt }: Group, time: PurgeTime): Promise<void> {
  const group = await readAnyGroup(services, id);
  if (group && !group.deleting && group.createdAt === createdAt) await removeGroup(services, group, time);
}

/** Returns the writes that free the name of a group, and remove it from the lists of its members and invited users. */
export async function freeingWrites(services: Services, group: Group): Promise<Write[]> {
  const { write } = services.table;
  return [
    write.remove(await reservedName(services, group)),
    ...(group.formerName === undefined ? [] : [write.remove(keys.nameAt(group.formerName))]),
    ...group.members.map((member) => write.remove(keys.membership(member.id, group.id))),
    ...(group.invitations ?? []).map(({ id }) => write.remove(keys.invitation(id, group.id))),
  ];
}
