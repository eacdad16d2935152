import { type PlannedStep, plannedSize } from '../engine/run-plan.ts';
import type { StepLimits } from '../staging/protocol.ts';

const GIB = 1024 ** 3;
/** Size of one file of a tree. One PUT to S3 takes 5 GiB (AWS S3, multipart upload limits). */
export const MAX_FILE_BYTES = 5 * GIB;
/** Long streams of a step's output together. */
export const MAX_LOG_BYTES = 16 * 1024 * 1024;
/** GiB of a task's disk that its tree leaves to images and logs. */
const OTHER_DISK_GIB = 6;

/** The limits of a step. Its tree may fill the disk that its worker requests, except for the image and the logs. */
export function stepLimits(step: Pick<PlannedStep, 'size'>): StepLimits {
  const { disk, timeout } = plannedSize(step);
  return {
    files: 10_000,
    fileBytes: MAX_FILE_BYTES,
    treeBytes: (disk - OTHER_DISK_GIB) * GIB,
    logBytes: MAX_LOG_BYTES,
    deadlineSeconds: timeout,
  };
}
