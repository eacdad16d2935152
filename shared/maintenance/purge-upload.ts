import { readAnyGroup } from '../groups/group.ts';
import { inBatches } from '../parallel.ts';
import { removeHolder } from '../quotas/refund.ts';
import { runEntryCodec } from '../runs/run.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { dueNames, minutesLater } from '../store/due.ts';
import { all, type Condition, exists, marked } from '../store/expressions.ts';
import type { Item } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { largeText } from '../store/large-text.ts';
import { readWaiting } from '../store/purge.ts';
import { type Upload, uploadCodec } from '../uploads/upload.ts';
import { objectKeys } from '../volumes/keys.ts';
import type { InTime, Outcome } from './outcome.ts';

/** Runs whose arguments are read with one request (DynamoDB, BatchGetItem). */
const BATCH = 100;
/** Delay for files of a deleted group, which are removed with the group. */
const GROUP_MINUTES = 60;
/** Delay for a run that is being purged: after it, the run is gone or kept until its links expire. */
const RUN_MINUTES = 1;

/**
 * Removes the content of a deleted upload and refunds its bytes, unless a run may read it: then it stays until that
 * run is purged.
 */
export async function purgeUpload(services: Services, item: Item, _inTime: InTime): Promise<Outcome> {
  const { objects, now } = services;
  const upload = uploadCodec.read(item);
  const { id, groupId, workflowId, reservations } = upload;
  const group = await readAnyGroup(services, groupId);
  if (!group || group.deleting) return minutesLater(now(), GROUP_MINUTES);
  const runId = await userOf(services, upload);
  if (runId !== undefined) {
    return (await keepFor(services, upload, runId)) ? 'done' : minutesLater(now(), RUN_MINUTES);
  }
  await objects.remove('data', objectKeys.upload(workflowId, groupId, id));
  await removeHolder(services, keys.deletedUpload(groupId, id), reservations);
  return 'done';
}

/** A run that has the upload among its arguments. Upload ids are random, so no other text contains them. */
async function userOf(services: Services, { id, groupId }: Upload): Promise<string | undefined> {
  for await (const runIds of inBatches(runsOf(services, groupId), BATCH)) {
    const found = await services.table.getMany(
      runIds.map((runId) => keys.document(keys.run(runId), 'arguments')),
    );
    for (const document of found) {
      const text = await largeText(services.objects, document);
      if (text?.includes(id)) return document.pk.slice(keys.run('').pk.length);
    }
  }
  return undefined;
}

/** The runs of a group, including those that are deleted but not purged. */
async function* runsOf(services: Services, groupId: string): AsyncGenerator<string> {
  for await (const item of services.table.range(keys.runEntries(groupId))) yield runEntryCodec.read(item).id;
  for await (const item of services.table.range(keys.removedRuns(keys.group(groupId)))) {
    yield runEntryCodec.read(item).id;
  }
  // Those that an earlier release deleted.
  for await (const run of readWaiting(services, 'run')) if (run.groupId === groupId) yield run.id;
}

/** Takes the upload off the due index until the run is purged; false when that purge is under way or done. */
async function keepFor({ table }: Services, { id, groupId }: Upload, runId: string): Promise<boolean> {
  const stays: Condition = all(exists, { expression: 'attribute_not_exists(#purgingUntil)' });
  const rest = { remove: [...dueNames, 'purgingUntil'] };
  const kept = await conditionally(
    table.transact([
      table.write.check(keys.run(runId), stays),
      table.write.put({ ...keys.keptUpload(runId, id), v: 1 }),
      table.write.update(keys.deletedUpload(groupId, id), rest, marked),
    ]),
  );
  return kept !== undefined;
}
