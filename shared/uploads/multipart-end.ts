import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { FlowservError, invalid, unknownObject } from '../errors.ts';
import type { Group } from '../groups/group.ts';
import { timestamp } from '../ids.ts';
import { removeHolder } from '../quotas/refund.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { type Condition, exists } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { type StoredPart, WrongParts } from '../volumes/part-upload.ts';
import {
  isOver,
  type MultipartUpload,
  multipartUploadsOf,
  partCount,
  partsOf,
  READ_BACK_BYTES,
  readMultipartUpload,
  requireUnderWay,
} from './multipart-upload.ts';
import { recordUpload } from './store.ts';
import { findUpload, type Upload } from './upload.ts';

/**
 * Makes the parts an upload of the group, after a look at what S3 has stored. Doing it again gives the same. Of
 * completing and giving up, whichever is written first holds.
 *
 * @throws FlowservError 400 when the parts are not as they are said to be, which can be mended, or are not the file that
 *   was announced, which ends the upload; 404 when there is no such upload under way
 */
export async function completeMultipartUpload(
  services: Services,
  group: Group,
  fileId: string,
  parts: readonly StoredPart[],
): Promise<Upload> {
  const { table, objects, now } = services;
  const upload = await readMultipartUpload(services, group.id, fileId);
  // The file's record comes when this one goes: looked for afterwards, it cannot be missed.
  if (!upload) return findUpload(services, group.id, fileId);
  requireUnderWay(services, upload);
  const count = partCount(upload);
  if (parts.length !== count) throw wrongParts(`the file has ${count} parts, not ${parts.length}`);
  try {
    await objects.parts.complete(partsOf(upload), parts);
  } catch (error) {
    if (!(error instanceof WrongParts)) throw error;
    throw wrongParts('the parts are not as S3 has stored them; ask which are done', error);
  }
  const sha256 = await verifiedDigest(services, upload);
  if (sha256 === undefined) {
    await discard(services, upload, underWay);
    throw invalid(
      'upload.mismatch',
      'what was stored is not the announced file; its size or SHA-256 differs. Please begin again',
    );
  }
  const { id, groupId, workflowId, name, size, reservations } = upload;
  const begun = table.write.remove(keys.multipartUpload(groupId, id), underWay);
  const createdAt = timestamp(now());
  const stored = { id, groupId, workflowId, name, size, sha256, createdAt, reservations };
  return recordUpload(services, stored, [begun]);
}

const wrongParts = (message: string, cause?: unknown) => invalid('upload.part', message, cause);

/** The digest of the stored object if it is the announced file; that of a very large one is believed. */
async function verifiedDigest(
  { objects }: Services,
  { size, sha256, ...upload }: MultipartUpload,
): Promise<string | undefined> {
  const { bucket, key } = partsOf(upload);
  if (size > READ_BACK_BYTES) {
    return (await objects.size(bucket, key)) === size ? (sha256 ?? undefined) : undefined;
  }
  const object = await objects.open(bucket, key);
  if (object?.size !== size) {
    object?.body.destroy();
    return undefined;
  }
  const hash = createHash('sha256');
  await pipeline(object.body, hash);
  const found = hash.digest('hex');
  return sha256 === null || sha256 === found ? found : undefined;
}

/** It has not been completed, nor given up. */
const underWay: Condition = {
  expression: 'attribute_exists(#pk) AND attribute_not_exists(#givenUp)',
};

/**
 * Gives an upload up, with what has been stored for it. Doing it again completes what an interruption has left, which
 * goes with the group at last.
 *
 * @throws FlowservError 404 when there is none, or it has been completed meanwhile
 */
export async function abortMultipartUpload(services: Services, group: Group, fileId: string): Promise<void> {
  const upload = await readMultipartUpload(services, group.id, fileId);
  if (!upload) throw unknownObject('file', fileId);
  await discard(services, upload, exists);
}

/** Gives up an upload that was not completed in its time, or whose removal was interrupted. */
export async function expireMultipartUpload(
  services: Services,
  groupId: string,
  fileId: string,
): Promise<void> {
  const upload = await readMultipartUpload(services, groupId, fileId);
  if (upload && isOver(services, upload)) await discard(services, upload, exists);
}

/**
 * Gives up all uploads of a group that is marked as deleted: their parts are no objects, and their links would go on
 * storing bytes that count against nobody's quota.
 *
 * @returns whether none is left; false when the time is over
 */
export async function abortMultipartUploads(
  services: Services,
  groupId: string,
  inTime: () => boolean,
): Promise<boolean> {
  for await (const upload of multipartUploadsOf(services, groupId)) {
    if (!inTime()) return false;
    await discard(services, upload, exists).catch((error: unknown) => {
      // It has ended by itself in between.
      if (!(error instanceof FlowservError)) throw error;
    });
  }
  return true;
}

/** @throws FlowservError 404 when the upload is no longer as the condition says */
async function discard(services: Services, upload: MultipartUpload, condition: Condition): Promise<void> {
  const { table, objects } = services;
  const record = keys.multipartUpload(upload.groupId, upload.id);
  const marked = await conditionally(table.update(record, { set: { givenUp: true } }, condition));
  if (!marked) throw unknownObject('file', upload.id);
  const parts = partsOf(upload);
  await objects.parts.abort(parts);
  await objects.remove(parts.bucket, parts.key);
  await removeHolder(services, record, upload.reservations);
}
