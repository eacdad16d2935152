import * as z from 'zod';
import { invalid, unknownObject } from '../errors.ts';
import type { Group } from '../groups/group.ts';
import { newId } from '../ids.ts';
import { reservationsSchema } from '../quotas/quota.ts';
import { claim, spend } from '../quotas/reserve.ts';
import type { Services } from '../services/services.ts';
import { itemCodec } from '../store/codec.ts';
import { ConditionFailed } from '../store/conditional.ts';
import { dueAttributes } from '../store/due.ts';
import { absent, alive } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import type { User } from '../users/user.ts';
import { objectKeys } from '../volumes/keys.ts';
import type { PartUpload } from '../volumes/part-upload.ts';
import { fileName } from './file-name.ts';
import { type FileInParts, partSizeOf } from './parts.ts';
import { checkUploadSize, demandsOfUpload } from './upload-size.ts';

/**
 * Multipart uploads go straight to S3, since a function's event holds a few MB only. What S3 stored is checked before
 * it becomes an upload of the group (flowServ HTTP API, additional routes).
 */

const MIB = 1024 * 1024;

/** The sweep aborts uploads that are not completed within this time. */
const LIFETIME_MS = 24 * 3_600_000;

/**
 * Up to this size, the completing request reads the object back within its 30 seconds. For a larger file, the client
 * must send the SHA-256, and every step that uses the file checks it.
 */
export const READ_BACK_BYTES = 256 * MIB;

const multipartSchema = z.object({
  id: z.string(),
  groupId: z.string(),
  workflowId: z.string(),
  name: z.string(),
  /** Bytes. */
  size: z.number(),
  /** Hexadecimal digest that the client declared, or null. */
  sha256: z.string().nullable(),
  partSize: z.number(),
  uploadId: z.string(),
  /** Epoch milliseconds. */
  expiresAt: z.number(),
  /** Only in records of earlier releases, in which the sweep did not remove them. */
  ttl: z.number().optional(),
  dueShard: z.string().optional(),
  dueAt: z.string().optional(),
  /** What counts against the quotas of the uploading user. */
  reservations: reservationsSchema,
  /** True after the upload is aborted, while its parts are being removed. */
  givenUp: z.boolean().optional(),
});
/** A multipart upload that was started. */
export type MultipartUpload = z.infer<typeof multipartSchema>;
const multipartCodec = itemCodec(1, multipartSchema);

/**
 * Starts a multipart upload.
 *
 * @param user the uploading user, whose quota it counts against from now on
 * @param declared name, bytes and, above 256 MiB, the SHA-256 of the file
 * @throws FlowservError 400 for an invalid name or a missing digest, 413 or 429 above the stage's limit or the user's
 *   quotas, 404 if the group was deleted in the meantime
 */
export async function startMultipartUpload(
  services: Services,
  user: Pick<User, 'id'>,
  group: Group,
  declared: { readonly name: string; readonly size: number; readonly sha256: string | null },
): Promise<MultipartUpload> {
  const { table, objects, config, now } = services;
  const { size, sha256 } = declared;
  const name = fileName(declared.name);
  checkUploadSize(config, size);
  if (sha256 === null && size > READ_BACK_BYTES) {
    throw invalid(
      'upload.digest',
      `missing element 'sha256', which files above ${READ_BACK_BYTES} bytes need`,
    );
  }
  const demands = await demandsOfUpload(services, group, size);
  await spend(services, user.id, { storedBytesPerDay: size });
  const id = newId();
  const key = objectKeys.upload(group.workflowId, group.id, id);
  const { uploadId } = await objects.parts.create('data', key);
  const expiresAt = now().getTime() + LIFETIME_MS;
  const claimed = claim(services, user.id, { bytes: size }, demands);
  const upload: MultipartUpload = {
    id,
    groupId: group.id,
    workflowId: group.workflowId,
    name,
    size,
    sha256,
    partSize: partSizeOf(size),
    uploadId,
    expiresAt,
    ...dueAttributes(id, new Date(expiresAt)),
    reservations: claimed.reservations,
  };
  try {
    await table.transact([
      table.write.check(keys.group(group.id), alive),
      table.write.put(multipartCodec.write(keys.multipartUpload(group.id, id), upload), absent),
      ...claimed.writes,
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    await objects.parts.abort(partsOf(upload));
    throw claimed.errorFor(error.actions, 2) ?? unknownObject('group', group.id);
  }
  return upload;
}

/** Reads an upload that is in progress, or aborted and not removed yet. */
export async function readMultipartUpload(
  { table }: Services,
  groupId: string,
  fileId: string,
): Promise<MultipartUpload | undefined> {
  return multipartCodec.readMaybe(await table.get(keys.multipartUpload(groupId, fileId)));
}

/** Iterates over the multipart uploads of a group, including aborted ones. */
export async function* multipartUploadsOf(
  { table }: Services,
  groupId: string,
): AsyncGenerator<MultipartUpload> {
  for await (const item of table.range(keys.multipartUploads(groupId))) yield multipartCodec.read(item);
}

/** @throws FlowservError 404 if the group has no such upload in progress */
export async function findMultipartUpload(
  services: Services,
  groupId: string,
  fileId: string,
): Promise<MultipartUpload> {
  const upload = await readMultipartUpload(services, groupId, fileId);
  if (!upload) throw unknownObject('file', fileId);
  requireUnderWay(services, upload);
  return upload;
}

/** @throws FlowservError 404 if the upload is aborted or expired */
export function requireUnderWay(services: Services, upload: MultipartUpload): void {
  if (isOver(services, upload)) throw unknownObject('file', upload.id);
}

/** Whether an upload is aborted or expired. */
export const isOver = ({ now }: Services, { givenUp, expiresAt }: MultipartUpload): boolean =>
  givenUp === true || expiresAt <= now().getTime();

/** Returns the upload as a file in parts. */
export const inParts = (upload: MultipartUpload): FileInParts => ({
  size: upload.size,
  partSize: upload.partSize,
  upload: partsOf(upload),
});

/** Returns the upload as S3 identifies it. */
export const partsOf = ({
  workflowId,
  groupId,
  id,
  uploadId,
}: Pick<MultipartUpload, 'workflowId' | 'groupId' | 'id' | 'uploadId'>): PartUpload => ({
  bucket: 'data',
  key: objectKeys.upload(workflowId, groupId, id),
  uploadId,
});
