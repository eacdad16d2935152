import { createHash } from 'node:crypto';
import { FlowservError } from '../../errors.ts';
import { findGroup, type Group } from '../../groups/group.ts';
import { listGroups } from '../../groups/list.ts';
import { groupParameters } from '../../groups/parameters.ts';
import { isIdentifier } from '../../ids.ts';
import { logError } from '../../log.ts';
import { inParallel } from '../../parallel.ts';
import { findRun, type Run } from '../../runs/run.ts';
import { startRun } from '../../runs/start.ts';
import type { Services } from '../../services/services.ts';
import { earlierResult, type RepeatableRequest } from '../../store/repeatable.ts';
import type { UploadedFile } from '../../uploads/form-data.ts';
import { removeUpload } from '../../uploads/remove.ts';
import { storeUpload } from '../../uploads/store.ts';
import type { Upload } from '../../uploads/upload.ts';
import type { Caller } from '../../users/sessions.ts';
import { findWorkflow } from '../../workflows/workflow.ts';
import { argumentsOf, checkAttachments } from './arguments.ts';
import { type RunRequest, unsupported } from './request.ts';

type User = NonNullable<Caller>;

/** Attachments that are stored at the same time. */
const WIDTH = 4;
/** Groups that an error names. */
const SHOWN_GROUPS = 10;

/**
 * Returns the group of a run request: that of the tag `group`, otherwise the user's only group in the workflow. The
 * caller checks the user's access to it, then that it belongs to the workflow.
 *
 * @throws FlowservError 404 for an unknown workflow or group, 400 if the user has no group in the workflow, or several
 */
export async function groupOfRequest(
  services: Services,
  user: User,
  { workflowId, tags }: RunRequest,
): Promise<Group> {
  if (Object.hasOwn(tags, 'group')) {
    const { group = '' } = tags;
    if (!isIdentifier(group)) throw unsupported("the tag 'group' is not the id of a group");
    return findGroup(services, group);
  }
  await findWorkflow(services, workflowId);
  const { entries, nextCursor } = await listGroups(services, user, workflowId, { limit: SHOWN_GROUPS });
  const [only, ...others] = entries;
  if (!only) {
    throw unsupported(
      `you have no group in workflow '${workflowId}'; create one by POST workflows/${workflowId}/groups`,
    );
  }
  if (others.length > 0) {
    const ids = entries.map(({ id }) => id).join(', ');
    const more = nextCursor === undefined ? '' : ', …';
    throw unsupported(
      `you have several groups in workflow '${workflowId}'; set the tag 'group': ${ids}${more}`,
    );
  }
  return findGroup(services, only.id, workflowId);
}

/** The content of a run request, by which a repeated one is recognised: attachments by their digests. */
export const contentOf = (fields: unknown, files: readonly UploadedFile[]) => ({
  fields,
  files: files.map(({ name, content }) => ({
    name,
    sha256: createHash('sha256').update(content).digest('hex'),
  })),
});

/**
 * Starts a run. Attachments become uploads of the group first; they are removed if the run is rejected. If the function
 * dies in between, they stay on the list of the group's uploads, where members can delete them.
 *
 * @param repeatable set for a request that may be repeated: a repetition stores nothing
 * @throws FlowservError as `startRun` and `storeUpload`
 */
export async function startRequested(
  services: Services,
  user: User,
  group: Group,
  { params, tags }: RunRequest,
  files: readonly UploadedFile[],
  repeatable: RepeatableRequest | undefined,
): Promise<Run> {
  const earlier = await earlierResult(services, repeatable);
  if (earlier !== undefined) return findRun(services, earlier);
  checkAttachments(files);
  const parameters = await groupParameters(services, group);
  const uploads = new Map<string, Upload>();
  try {
    await inParallel(files, WIDTH, async (file) => {
      uploads.set(file.name, await storeUpload(services, user, group, file));
    });
    const ids = new Map([...uploads].map(([name, { id }]) => [name, id]));
    const supplied = argumentsOf(parameters, params, ids);
    return await startRun(services, user, group, supplied, undefined, repeatable, JSON.stringify(tags));
  } catch (error) {
    if (error instanceof FlowservError) await discard(services, uploads.values());
    throw error;
  }
}

/** Removes attachments of a rejected request; a failure leaves them on the list of uploads. */
async function discard(services: Services, uploads: Iterable<Upload>): Promise<void> {
  try {
    await inParallel(uploads, WIDTH, (upload) => removeUpload(services, upload));
  } catch (error) {
    logError('attachments of a rejected run request were not removed', {}, error);
  }
}

/**
 * Performs a part of a run request. The standard has no 404 for it, so an object that does not exist makes the request
 * malformed.
 *
 * @throws FlowservError 400 instead of 404
 */
export async function withinRequest<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof FlowservError && error.status === 404) throw unsupported(error.message);
    throw error;
  }
}
