import { unknownObject } from '../errors.ts';
import type { Group } from '../groups/group.ts';
import { newId, timestamp } from '../ids.ts';
import { type Claim, claim, spend } from '../quotas/reserve.ts';
import type { Services } from '../services/services.ts';
import { ConditionFailed } from '../store/conditional.ts';
import { absent, alive } from '../store/expressions.ts';
import type { Write } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { type Page, type PageRequest, readPage } from '../store/paging.ts';
import type { User } from '../users/user.ts';
import { objectKeys } from '../volumes/keys.ts';
import { fileName } from './file-name.ts';
import type { UploadedFile } from './form-data.ts';
import { mediaType } from './media-type.ts';
import { type Upload, uploadCodec } from './upload.ts';
import { checkUploadSize, demandsOfUpload } from './upload-size.ts';

/**
 * Stores a file for a group: the object first, then its record, so that a record always has its object. An object
 * without a record is below the group's prefix and is removed with the group.
 *
 * @param user the uploading user, whose quota it counts against
 * @throws FlowservError 400 for an invalid name, 413 or 429 above the stage's limit or the user's quotas, 404 if the group
 *   was deleted in the meantime
 */
export async function storeUpload(
  services: Services,
  user: Pick<User, 'id'>,
  group: Group,
  file: UploadedFile,
): Promise<Upload> {
  const { objects, config, now } = services;
  const name = fileName(file.name);
  checkUploadSize(config, file.content.length);
  const demands = await demandsOfUpload(services, group, file.content.length);
  await spend(services, user.id, { storedBytesPerDay: file.content.length });
  const id = newId();
  const key = objectKeys.upload(group.workflowId, group.id, id);
  const sha256 = await objects.write('data', key, file.content);
  const size = file.content.length;
  const claimed = claim(services, user.id, { bytes: size }, demands);
  const { reservations } = claimed;
  const stored = { id, groupId: group.id, workflowId: group.workflowId, name, size, sha256 };
  const upload = { ...stored, createdAt: timestamp(now()), reservations };
  return recordUpload(services, upload, claimed.writes, claimed.errorFor);
}

/**
 * Makes a stored object an upload of its group. Repeating it changes nothing.
 *
 * @param writes further writes of the same transaction
 * @param errorFor returns the error to throw if one of `writes` fails
 * @throws FlowservError 404 if the group was deleted in the meantime, or a further write fails; the object is removed
 *   then
 */
export async function recordUpload(
  { table, objects }: Services,
  stored: Omit<Upload, 'type'>,
  writes: readonly Write[],
  errorFor: Claim['errorFor'] = () => undefined,
): Promise<Upload> {
  const upload: Upload = { ...stored, type: mediaType(stored.name), used: false };
  const { groupId, workflowId, id } = upload;
  try {
    await table.transact([
      table.write.update(keys.group(groupId), { add: { uploadChanges: 1 } }, alive),
      table.write.put(uploadCodec.write(keys.upload(groupId, id), upload), absent),
      ...writes,
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    const recorded = uploadCodec.readMaybe(await table.get(keys.upload(groupId, id)));
    if (recorded) return recorded;
    await objects.remove('data', objectKeys.upload(workflowId, groupId, id));
    if (error.actions.includes(0)) throw unknownObject('group', groupId);
    throw errorFor(error.actions, FIRST_WRITE) ?? unknownObject('file', id);
  }
  return upload;
}

/** Position of the first further write in the transaction. */
const FIRST_WRITE = 2;

/** Lists a group's uploads in the order of their creation within a page; pages follow the ids. */
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
