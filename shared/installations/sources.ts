import * as z from 'zod';
import { FlowservError, invalid, tooMany, unknownObject } from '../errors.ts';
import { newId } from '../ids.ts';
import { spend } from '../quotas/reserve.ts';
import type { Services } from '../services/services.ts';
import { itemCodec } from '../store/codec.ts';
import { ConditionFailed, conditionally } from '../store/conditional.ts';
import { dueAttributes } from '../store/due.ts';
import { absent, alive, all, type Condition, hasId, madeAt } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { joinParts } from '../uploads/join-parts.ts';
import { type FileInParts, partSizeOf } from '../uploads/parts.ts';
import type { User } from '../users/user.ts';
import { objectKeys } from '../volumes/keys.ts';
import type { StoredPart } from '../volumes/part-upload.ts';
import type { Workflow } from '../workflows/workflow.ts';

/**
 * Zips of sources that organisers upload: their parts go straight to S3. A workflow has a few places for them, so that
 * their number is bounded. Each is removed once it is installed, or by the sweep a day after its last use.
 */

/** Maximum bytes of a zip. */
const MAX_ZIP_BYTES = 1_000_000_000;
/** Zips of a workflow at the same time. */
export const MAX_SOURCES = 10;
const LIFETIME_MS = 24 * 3_600_000;
/** Seconds after which a rejected organiser may try again: others may be installed by then. */
const AGAIN_SECONDS = 600;

const sourceSchema = z.object({
  id: z.string(),
  workflowId: z.string(),
  /** Its place, from 1. */
  place: z.number(),
  /** Bytes. */
  size: z.number(),
  /** Hexadecimal digest that the client declared; the installation checks it. */
  sha256: z.string(),
  partSize: z.number(),
  /** S3's id of the upload. */
  uploadId: z.string(),
  /** Epoch milliseconds. */
  expiresAt: z.number(),
  /** True once S3 joined the parts. */
  isComplete: z.boolean(),
  /** True while it is being removed. */
  givenUp: z.boolean().optional(),
});
export type Source = z.infer<typeof sourceSchema>;
const sourceCodec = itemCodec(1, sourceSchema);

/** The item is still this source, and it is not being removed. */
const inUse = ({ id }: Source): Condition => all(hasId(id), { expression: 'attribute_not_exists(#givenUp)' });

/** When a source is removed that is used now for the last time, with its place on the due index. */
function expiry({ now }: Services, workflowId: string) {
  const expiresAt = now().getTime() + LIFETIME_MS;
  return { expiresAt, ...dueAttributes(workflowId, new Date(expiresAt)) };
}

/** Returns the upload as a file in parts. */
export const inParts = ({ workflowId, id, size, partSize, uploadId }: Source): FileInParts => ({
  size,
  partSize,
  upload: { bucket: 'data', key: objectKeys.source(workflowId, id), uploadId },
});

/**
 * Starts the upload of a zip.
 *
 * @param user whose quota of bytes per day it counts against
 * @throws FlowservError 413 for a zip that is too large, 429 without a free place or above the quota, 404 if the
 *   workflow was deleted meanwhile
 */
export async function startSource(
  services: Services,
  user: Pick<User, 'id'>,
  { id: workflowId, createdAt }: Workflow,
  { size, sha256 }: Pick<Source, 'size' | 'sha256'>,
): Promise<Source> {
  const { table, objects } = services;
  if (size > MAX_ZIP_BYTES) {
    throw new FlowservError('upload.too-large', `zip above the limit of ${MAX_ZIP_BYTES} bytes`);
  }
  const taken = new Set((await listSources(services, workflowId)).map(({ place }) => place));
  const places = Array.from({ length: MAX_SOURCES }, (_, index) => index + 1);
  const free = places.filter((place) => !taken.has(place));
  if (free.length === 0) throw noPlace();
  await spend(services, user.id, { storedBytesPerDay: size });
  const id = newId();
  const { uploadId } = await objects.parts.create('data', objectKeys.source(workflowId, id));
  const upload = { id, workflowId, size, sha256, partSize: partSizeOf(size), uploadId, isComplete: false };
  for (const place of free) {
    const source = { ...upload, place, ...expiry(services, workflowId) };
    try {
      await table.transact([
        table.write.check(keys.workflow(workflowId), all(alive, madeAt(createdAt))),
        table.write.put(sourceCodec.write(keys.source(workflowId, place), source), absent),
      ]);
      return source;
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      if (!error.actions.includes(0)) continue;
      await objects.parts.abort(inParts(source).upload);
      throw unknownObject('workflow', workflowId);
    }
  }
  await objects.parts.abort({ bucket: 'data', key: objectKeys.source(workflowId, id), uploadId });
  throw noPlace();
}

const noPlace = () =>
  tooMany(
    'source.limit',
    `the workflow has ${MAX_SOURCES} uploaded zips, which is the maximum; they are removed when they are installed, or after a day`,
    AGAIN_SECONDS,
  );

async function listSources({ table }: Services, workflowId: string): Promise<Source[]> {
  return (await table.list(keys.sources(workflowId))).map(sourceCodec.read);
}

/** @throws FlowservError 404 if there is none, or it expired */
export async function findSource(services: Services, workflowId: string, id: string): Promise<Source> {
  const found = (await listSources(services, workflowId)).find((source) => source.id === id);
  if (!found || isOver(services, found)) throw unknownObject('source', id);
  return found;
}

const isOver = ({ now }: Services, { givenUp, expiresAt }: Source): boolean =>
  givenUp === true || expiresAt <= now().getTime();

/**
 * Has S3 join the parts of a zip. Repeating it returns the same result.
 *
 * @throws FlowservError 400 if the parts are not those that S3 stored, which the client can correct, or have not the
 *   declared size, which ends the upload; 404 if it ended meanwhile
 */
export async function completeSource(
  services: Services,
  source: Source,
  parts: readonly StoredPart[],
): Promise<Source> {
  const { table, objects } = services;
  if (source.isComplete) return source;
  const file = inParts(source);
  await joinParts(services, file, parts);
  if ((await objects.size(file.upload.bucket, file.upload.key)) !== source.size) {
    await removeSource(services, source);
    throw invalid('upload.mismatch', 'the stored zip has not the declared size. Please start a new upload');
  }
  const complete = { isComplete: true, ...expiry(services, source.workflowId) };
  const key = keys.source(source.workflowId, source.place);
  if (!(await conditionally(table.update(key, { set: complete }, inUse(source))))) {
    throw unknownObject('source', source.id);
  }
  return { ...source, ...complete };
}

/** The write that keeps a complete zip for another day, for the transaction of a request that uses it. */
export const keepWrite = (services: Services, source: Source) =>
  services.table.write.update(
    keys.source(source.workflowId, source.place),
    { set: expiry(services, source.workflowId) },
    inUse(source),
  );

/** Removes a zip and frees its place. Repeating it finishes an interrupted removal. */
export async function removeSource(services: Services, source: Source): Promise<void> {
  const { table, objects } = services;
  const key = keys.source(source.workflowId, source.place);
  // From now on no request uses it.
  if (!(await conditionally(table.update(key, { set: { givenUp: true } }, hasId(source.id))))) return;
  const { upload } = inParts(source);
  await objects.parts.abort(upload);
  await objects.remove(upload.bucket, upload.key);
  await conditionally(table.remove(key, hasId(source.id)));
}

/** Removes a zip by its id, if it exists. */
export async function removeSourceById(services: Services, workflowId: string, id: string): Promise<void> {
  const found = (await listSources(services, workflowId)).find((source) => source.id === id);
  if (found) await removeSource(services, found);
}

/** Removes the zip in a place if it expired, or if its removal was interrupted. */
export async function expireSource(services: Services, workflowId: string, place: number): Promise<void> {
  const source = sourceCodec.readMaybe(await services.table.get(keys.source(workflowId, place)));
  if (source && isOver(services, source)) await removeSource(services, source);
}

/**
 * Aborts the uploads of a workflow that is being purged: their parts are not objects yet, so that the purge of objects
 * does not find them.
 */
export async function removeSources(services: Services, workflowId: string): Promise<void> {
  for (const source of await listSources(services, workflowId)) await removeSource(services, source);
}
