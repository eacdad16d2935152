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
import type { StoredPart } from '../volumes/part-upload.ts';
import { joinParts } from './join-parts.ts';
import {
  inParts,
  isOver,
  type MultipartUpload,
  multipartUploadsOf,
  partsOf,
  READ_BACK_BYTES,
  readMultipartUpload,
  requireUnderWay,
} from './multipart-upload.ts';
import { recordUpload } from './store.ts';
import { findUpload, type Upload } from './upload.ts';

/**
 * Completes a multipart upload: checks what S3 stored and makes it an upload of the group. Repeating it returns the
 * same result. If an upload is completed and aborted concurrently, the first write decides.
 *
 * @throws FlowservError 400 if the parts are not those that S3 stored, which the client can correct, or are not the
 *   declared file, which ends the upload; 404 if no such upload is in progress
 */
export async function completeMultipartUpload(
  services: Services,
  group: Group,
  fileId: string,
  parts: readonly StoredPart[],
): Promise<Upload> {
  const { now, table } = services;
  const upload = await readMultipartUpload(services, group.id, fileId);
  // The transaction that removes this record adds the file's record, so a lookup afterwards cannot miss it.
  if (!upload) return findUpload(services, group.id, fileId);
  requireUnderWay(services, upload);
  await joinParts(services, inParts(upload), parts);
  const sha256 = await verifiedDigest(services, upload);
  if (sha256 === undefined) {
    await discard(services, upload, underWay);
    throw invalid(
      'upload.mismatch',
      'the stored file is not the declared one; its size or SHA-256 differs. Please start a new upload',
    );
  }
  const { id, groupId, workflowId, name, size, reservations } = upload;
  const begun = table.write.remove(keys.multipartUpload(groupId, id), underWay);
  const createdAt = timestamp(now());
  const stored = { id, groupId, workflowId, name, size, sha256, createdAt, reservations };
  return recordUpload(services, stored, [begun]);
}

/**
 * Returns the digest of the stored object if it is the declared file. For a very large one, trusts the client's digest.
 */
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

/** The upload is neither completed nor aborted. */
const underWay: Condition = {
  expression: 'attribute_exists(#pk) AND attribute_not_exists(#givenUp)',
};

/**
 * Aborts an upload and removes its stored parts. Repeating it finishes an interrupted removal; at the latest, the rest
 * is removed with the group.
 *
 * @throws FlowservError 404 if the upload does not exist, or was completed in the meantime
 */
export async function abortMultipartUpload(services: Services, group: Group, fileId: string): Promise<void> {
  const upload = await readMultipartUpload(services, group.id, fileId);
  if (!upload) throw unknownObject('file', fileId);
  await discard(services, upload, exists);
}

/** Aborts an upload that expired, or whose removal was interrupted. */
export async function expireMultipartUpload(
  services: Services,
  groupId: string,
  fileId: string,
): Promise<void> {
  const upload = await readMultipartUpload(services, groupId, fileId);
  if (upload && isOver(services, upload)) await discard(services, upload, exists);
}

/**
 * Aborts all multipart uploads of a group that is marked as deleted. Their parts are not objects yet, so the purge does
 * not find them, and their links could still store bytes that count against no quota.
 *
 * @returns whether all are aborted; false if the time ran out
 */
export async function abortMultipartUploads(
  services: Services,
  groupId: string,
  inTime: () => boolean,
): Promise<boolean> {
  for await (const upload of multipartUploadsOf(services, groupId)) {
    if (!inTime()) return false;
    await discard(services, upload, exists).catch((error: unknown) => {
      // The upload ended in the meantime.
      if (!(error instanceof FlowservError)) throw error;
    });
  }
  return true;
}

/** @throws FlowservError 404 if the upload no longer meets the condition */
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
