import { cancelRun } from '../runs/cancel.ts';
import { removeRun } from '../runs/remove.ts';
import { runCodec, runEntryCodec } from '../runs/run.ts';
import { isActive } from '../runs/state.ts';
import type { Services } from '../services.ts';
import { keys } from '../store/keys.ts';
import { objectKeys } from '../volumes/keys.ts';
import { type Group, groupCodec } from './group.ts';

/**
 * Deletes a group with its uploads, its runs and all their files; active runs are stopped first. The group
 * is gone for every reader with the first write. Deleting it again completes what an interruption left.
 */
export async function removeGroup(services: Services, group: Group): Promise<void> {
  const { table, objects } = services;
  await table.update(keys.group(group.id), { set: { deleting: true } });
  for (const entry of (await table.list(keys.runEntries(group.id))).map(runEntryCodec.read)) {
    await removeRunOf(services, entry.id);
  }
  await objects.removeAll('data', objectKeys.group(group.workflowId, group.id));
  for await (const item of table.range({ pk: keys.group(group.id).pk, prefix: '' })) {
    if (item.sk !== keys.group(group.id).sk) await table.remove({ pk: item.pk, sk: item.sk });
  }
  await table.transact([
    table.write.remove(keys.group(group.id)),
    table.write.remove(keys.groupName(group.workflowId, group.name)),
    table.write.remove(keys.workflowGroup(group.workflowId, group.id)),
    ...group.members.map(({ id }) => table.write.remove(keys.membership(id, group.id))),
  ]);
}

async function removeRunOf(services: Services, runId: string): Promise<void> {
  const run = runCodec.readMaybe(await services.table.get(keys.run(runId)));
  if (!run) return;
  const ended = isActive(run.state) ? await cancelRun(services, run, 'the group was deleted') : run;
  await removeRun(services, ended);
}

/** The group even when its deletion has begun, so that the deletion can be completed. */
export async function readAnyGroup({ table }: Services, groupId: string): Promise<Group | undefined> {
  return groupCodec.readMaybe(await table.get(keys.group(groupId)));
}
