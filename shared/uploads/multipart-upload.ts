import * as z from 'zod';
import { invalid, unknownObject } from '../errors.ts';
import type { Group } from '../groups/group.ts';
import { newId } from '../ids.ts';
import { reservationsSchema } from '../quotas/quota.ts';
import { claim } from '../quotas/reserve.ts';
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
import { MAX_LINKS, MAX_PARTS } from './limits.ts';
import { checkUploadSize } from './upload-size.ts';

/**
 * Uploads that go straight to S3 in parts, since a function's event holds a few MB only. What S3 has stored is
 * looked at before it becomes an upload of the group (flowServ HTTP API, additional routes).
 */

/** 8 MiB, or as much as makes at most 10,000 parts. */
const MIN_PART_BYTES = 8 * 1024 * 1024;
const MIB = 1024 * 1024;

/** An upload that is not completed by then is given up by the sweep. */
const LIFETIME_MS = 24 * 3_600_000;

/**
 * Up to this size the completing request reads the object back within its 30 seconds. Above, the client has to say
 * what the SHA-256 is, and every step that uses the file checks it.
 */
export const READ_BACK_BYTES = 256 * MIB;

const multipartSchema = z.object({
  id: z.string(),
  groupId: z.string(),
  workflowId: z.string(),
  name: z.string(),
  /** Bytes. */
  size: z.number(),
  /** Hexadecimal digest that the client has announced, or null. */
  sha256: z.string().nullable(),
  partSize: z.number(),
  uploadId: z.string(),
  /** Epoch milliseconds. */
  expiresAt: z.number(),
  /** Only of records from before the sweep removed them. */
  ttl: z.number().optional(),
  dueShard: z.string().optional(),
  dueAt: z.string().optional(),
  /** What counts against the quotas of who uploads it. */
  reservations: reservationsSchema,
  /** True once it has been given up, while what is stored for it is being removed. */
  givenUp: z.boolean().optional(),
});
/** An upload in parts that has begun. */
export type MultipartUpload = z.infer<typeof multipartSchema>;
const multipartCodec = itemCodec(1, multipartSchema);

export interface PartLink {
  readonly number: number;
  readonly url: string;
}

/**
 * Begins an upload.
 *
 * @param user who uploads it, and against whose quota it counts from now on
 * @param announced name, bytes and, above 256 MiB, the SHA-256 of the file
 * @throws FlowservError 400 for an unusable name or a missing digest, 413 above the stage's limit or when the user's
 *   quota has no room, 404 when the group has been deleted meanwhile
 */
export async function startMultipartUpload(
  services: Services,
  user: Pick<User, 'id'>,
  group: Group,
  announced: { readonly name: string; readonly size: number; readonly sha256: string | null },
): Promise<MultipartUpload> {
  const { table, objects, config, now } = services;
  const { size, sha256 } = announced;
  const name = fileName(announced.name);
  checkUploadSize(config, size);
  if (sha256 === null && size > READ_BACK_BYTES) {
    throw invalid(
      'upload.digest',
      `missing element 'sha256', which files above ${READ_BACK_BYTES} bytes need`,
    );
  }
  const id = newId();
  const key = objectKeys.upload(group.workflowId, group.id, id);
  const { uploadId } = await objects.parts.create('data', key);
  const expiresAt = now().getTime() + LIFETIME_MS;
  const claimed = claim(services, user.id, { bytes: size });
  const upload: MultipartUpload = {
    id,
    groupId: group.id,
    workflowId: group.workflowId,
    name,
    size,
    sha256,
    partSize: Math.max(MIN_PART_BYTES, Math.ceil(size / MAX_PARTS / MIB) * MIB),
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
    throw claimed.refusal(error.actions, 2) ?? unknownObject('group', group.id);
  }
  return upload;
}

/** An upload that is under way, or one that has been given up and is still being removed. */
export async function readMultipartUpload(
  { table }: Services,
  groupId: string,
  fileId: string,
): Promise<MultipartUpload | undefined> {
  return multipartCodec.readMaybe(await table.get(keys.multipartUpload(groupId, fileId)));
}

/** All of a group's, of either kind. */
export async function* multipartUploadsOf(
  { table }: Services,
  groupId: string,
): AsyncGenerator<MultipartUpload> {
  for await (const item of table.range(keys.multipartUploads(groupId))) yield multipartCodec.read(item);
}

/** @throws FlowservError 404 when the group has no such upload under way */
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

/** @throws FlowservError 404 when the upload has been given up or has lapsed */
export function requireUnderWay(services: Services, upload: MultipartUpload): void {
  if (isOver(services, upload)) throw unknownObject('file', upload.id);
}

/** Whether an upload has been given up or has lapsed. */
export const isOver = ({ now }: Services, { givenUp, expiresAt }: MultipartUpload): boolean =>
  givenUp === true || expiresAt <= now().getTime();

/** Number of parts; an empty file has one. */
export const partCount = ({ size, partSize }: MultipartUpload): number =>
  Math.max(1, Math.ceil(size / partSize));

/** Bytes of a part: all have the same number but the last. */
const partBytes = (upload: MultipartUpload, number: number): number =>
  number < partCount(upload) ? upload.partSize : upload.size - (number - 1) * upload.partSize;

/** Numbers of the parts from the first on. */
const numbersOf = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/** Numbers of the first parts, as many as links come at once. */
export const firstNumbers = (upload: MultipartUpload): number[] =>
  numbersOf(Math.min(MAX_LINKS, partCount(upload)));

/** @throws FlowservError 400 for a number that no part of the file has */
export async function partLinks(
  { objects }: Services,
  upload: MultipartUpload,
  numbers: readonly number[],
): Promise<PartLink[]> {
  const count = partCount(upload);
  const outside = numbers.find((number) => number < 1 || number > count);
  if (outside !== undefined) throw invalid('upload.part', `no part ${outside}: the file has ${count}`);
  const link = async (number: number) => ({
    number,
    url: await objects.parts.link(partsOf(upload), number, partBytes(upload, number)),
  });
  return Promise.all(numbers.map(link));
}

/** Numbers of the parts that are stored already: all of them, once they have been made one object. */
export async function storedParts({ objects }: Services, upload: MultipartUpload): Promise<number[]> {
  const stored = await objects.parts.list(partsOf(upload));
  return stored?.map(({ number }) => number) ?? numbersOf(partCount(upload));
}

/** The parts as S3 knows them. */
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
