import { archiveObject } from '../archives/order.ts';
import { unknownObject } from '../errors.ts';
import { filesOfRun } from '../runs/documents/files.ts';
import type { Run } from '../runs/run.ts';
import type { Services } from '../services/services.ts';
import { mediaType } from '../uploads/media-type.ts';
import { objectKeys } from '../volumes/keys.ts';
import type { Download } from './download.ts';

const ARCHIVE_TYPE = 'application/gzip';
const ZIP_TYPE = 'application/zip';

/**
 * Returns the download of one output of a run.
 *
 * @throws FlowservError 404 when the run has no output with this id
 */
export async function runFileDownload(services: Services, run: Run, fileId: string): Promise<Download> {
  const files = await filesOfRun(services, run);
  const file = files.find(({ id }) => id === fileId);
  if (!file) throw unknownObject('file', fileId);
  return {
    object: objectKeys.runFile(run.workflowId, run.id, file.id),
    size: file.size,
    type: mediaType(file.path),
    name: file.path,
  };
}

/**
 * Returns the download of the archive of all outputs of a run. If the last step did not create the archive, it exists
 * only after a request for it.
 *
 * @param name file name for saving
 * @throws FlowservError 404 unless the run succeeded
 */
export function runArchiveDownload(run: Run, name: string): Download {
  if (run.state !== 'SUCCESS') throw unknownObject('run', run.id);
  return { object: archiveObject(run), size: undefined, type: ARCHIVE_TYPE, name };
}

/** Returns the download of a crate or a starter kit, which exists only after a request for it. */
export const zipDownload = (object: string, name: string): Download => ({
  object,
  size: undefined,
  type: ZIP_TYPE,
  name,
});
