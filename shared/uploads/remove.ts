import { unknownObject } from '../errors.ts';
import { inParallel } from '../parallel.ts';
import { refundWrites } from '../quotas/refund.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { dueAttributes, minutesLater } from '../store/due.ts';
import { alive, type Condition, exists } from '../store/expressions.ts';
import type { Write } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import type { Table } from '../store/table.ts';
import { objectKeys } from '../volumes/keys.ts';
import { type Upload, uploadCodec } from './upload.ts';

/**
 * After this time, no request is in progress that read the upload before it was deleted: a function of the API has 30
 * s.
 */
const SETTLED_MINUTES = 2;
/** Uploads that are marked as used at the same time. */
const WIDTH = 10;

/**
 * Deletes an upload. If no run ever used it, its content is removed immediately and its bytes are refunded. Otherwise
 * they stay until the sweep finds that no run of the group has it among its arguments, because steps read it.
 */
export async function removeUpload(services: Services, upload: Upload): Promise<void> {
  const { table, objects, now } = services;
  const { id, groupId, workflowId, reservations } = upload;
  const key = keys.upload(groupId, id);
  const unused: Condition = { expression: '#used = :no', values: { no: false } };
  const removed = await conditionally(
    table.transact([
      table.write.remove(key, unused),
      listChange(table, groupId),
      ...refundWrites(table, reservations),
    ]),
  );
  if (removed) return objects.remove('data', objectKeys.upload(workflowId, groupId, id));
  const mark = { deleting: true, ...dueAttributes(id, minutesLater(now(), SETTLED_MINUTES)) };
  const record = { ...uploadCodec.write(keys.deletedUpload(groupId, id), upload), ...mark };
  // If the record is missing, another request deleted the upload, or the group with it.
  await conditionally(
    table.transact([listChange(table, groupId), table.write.remove(key, exists), table.write.put(record)]),
  );
}

/** Counts a change of the list of uploads in their group. */
const listChange = ({ write }: Table, groupId: string): Write =>
  write.update(keys.group(groupId), { add: { uploadChanges: 1 } }, alive);

/**
 * Marks uploads as used by a run that is about to start, so that their content stays if they are deleted.
 *
 * @throws FlowservError 404 for an upload that was deleted in the meantime
 */
export async function noteUse({ table }: Services, uploads: Iterable<Upload>): Promise<void> {
  const unknown = [...uploads].filter(({ used }) => used !== true);
  await inParallel(unknown, WIDTH, async ({ id, groupId }) => {
    const noted = await conditionally(
      table.update(keys.upload(groupId, id), { set: { used: true } }, exists),
    );
    if (!noted) throw unknownObject('file', id);
  });
}
