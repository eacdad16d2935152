import { unknownObject } from '../errors.ts';
import type { Group } from '../groups/group.ts';
import { newId, timestamp } from '../ids.ts';
import type { Services } from '../services/services.ts';
import { ConditionFailed } from '../store/conditional.ts';
import { absent, alive } from '../store/expressions.ts';
import type { Write } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { type Page, type PageRequest, readPage } from '../store/paging.ts';
import { objectKeys } from '../volumes/keys.ts';
import { fileName } from './file-name.ts';
import { mediaType } from './media-type.ts';
import type { UploadedFile } from './multipart.ts';
import { type Upload, uploadCodec } from './upload.ts';

/**
 * Stores a file for a group: the object first, then its record, so that a record always has its object. An
 * object without a record is below the group's prefix and goes with the group.
 *
 * @throws FlowservError 400 for an unusable name, 404 when the group has been deleted meanwhile
 */
export async function storeUpload(services: Services, group: Group, file: UploadedFile): Promise<Upload> {
  const { objects, now } = services;
  const name = fileName(file.name);
  const id = newId();
  const key = objectKeys.upload(group.workflowId, group.id, id);
  const sha256 = await objects.write('data', key, file.content);
  return recordUpload(services, {
    id,
    groupId: group.id,
    workflowId: group.workflowId,
    name,
    size: file.content.length,
    sha256,
    createdAt: timestamp(now()),
  });
}

/**
 * Makes a stored object an upload of its group. Doing it again changes nothing.
 *
 * @param writes further writes of the same transaction
 * @throws FlowservError 404 when the group has been deleted meanwhile, or a further write may not be made; the object is
 *   gone then
 */
export async function recordUpload(
  { table, objects }: Services,
  stored: Omit<Upload, 'type'>,
  writes: readonly Write[] = [],
): Promise<Upload> {
  const upload: Upload = { ...stored, type: mediaType(stored.name) };
  const { groupId, workflowId, id } = upload;
  try {
    await table.transact([
      table.write.check(keys.group(groupId), alive),
      table.write.put(uploadCodec.write(keys.upload(groupId, id), upload), absent),
      ...writes,
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    const recorded = uploadCodec.readMaybe(await table.get(keys.upload(groupId, id)));
    if (recorded) return recorded;
    await objects.remove('data', objectKeys.upload(workflowId, groupId, id));
    throw error.actions.includes(0) ? unknownObject('group', groupId) : unknownObject('file', id);
  }
  return upload;
}

/** A group's uploads in the order of their creation; pages follow the ids. */
export async function listUploads(
  { table }: Services,
  groupId: string,
  page?: PageRequest,
): Promise<Page<Upload>> {
  const { entries, nextCursor } = await readPage(table, keys.uploads(groupId), uploadCodec.read, page);
  return { entries: entries.toSorted(byCreation), nextCursor };
}

const byCreation = (a: Upload, b: Upload) =>
  a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0;

/** Deletes the record, then the object. */
export async function removeUpload({ table, objects }: Services, upload: Upload): Promise<void> {
  await table.remove(keys.upload(upload.groupId, upload.id));
  await objects.remove('data', objectKeys.upload(upload.workflowId, upload.groupId, upload.id));
}
