import type { Config } from '../config.ts';
import { FlowservError } from '../errors.ts';
import type { Group } from '../groups/group.ts';
import { uploadDemand } from '../quotas/contest.ts';
import { checkRoom, type Demand } from '../quotas/reserve.ts';
import type { Services } from '../services/services.ts';

/** @throws FlowservError 413 for a file above the limit of the stage, for form and multipart uploads */
export function checkUploadSize({ uploadLimit }: Pick<Config, 'uploadLimit'>, size: number): void {
  if (size <= uploadLimit) return;
  throw new FlowservError(
    'upload.too-large',
    `file above the limit of ${uploadLimit} bytes; ask the operator for more (FLOWSERV_UPLOAD_LIMIT)`,
  );
}

/**
 * What an upload takes from the limits of its group's contest; nothing if the workflow is none.
 *
 * @throws FlowservError 413 for a file that certainly does not fit
 */
export async function demandsOfUpload(
  services: Services,
  group: Group,
  size: number,
): Promise<readonly Demand[]> {
  // Loaded on use: the reader of templates would be a twentieth of the function that only ends uploads.
  const { readVersion } = await import('../workflows/version.ts');
  const { contest } = await readVersion(services, group.workflowId, group.version);
  const demands = contest ? [uploadDemand(contest.limits, group, size)] : [];
  await checkRoom(services, demands);
  return demands;
}
