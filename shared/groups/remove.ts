import { refundWrites } from '../quotas/refund.ts';
import type { Services } from '../services/services.ts';
import { wakePurge } from '../services/wake-purge.ts';
import { conditionally } from '../store/conditional.ts';
import { alive, all, exists, madeAt } from '../store/expressions.ts';
import type { Write } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { deletion } from '../store/purge.ts';
import { markDirty } from '../workflows/leaderboard-state.ts';
import { type Group, readAnyGroup } from './group.ts';
import { reservedName } from './names.ts';

/**
 * Deletes a group: one transaction hides it from every reader, frees its name and removes it from the leaderboard and
 * the lists of its members. The purge then deletes its uploads and runs, and cancels active runs first.
 */
export async function removeGroup(services: Services, group: Group): Promise<void> {
  const { messages } = services;
  if (!(await markGroup(services, group))) return removeAsItIsNow(services, group);
  await messages.leaderboardDirty(group.workflowId);
  await wakePurge(services, { kind: 'group', id: group.id });
}

/** @returns whether the group is marked now; false if it was changed or deleted since it was read */
export async function markGroup(services: Services, group: Group): Promise<boolean> {
  const { table } = services;
  const { id, workflowId, name, createdAt, revision } = group;
  const { mark, listed } = deletion(services, { kind: 'group', id, workflowId, name });
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
async function removeAsItIsNow(services: Services, { id, createdAt }: Group): Promise<void> {
  const group = await readAnyGroup(services, id);
  if (group && !group.deleting && group.createdAt === createdAt) await removeGroup(services, group);
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
