import type { Config } from '../config.ts';
import { FlowservError } from '../errors.ts';

/** @throws FlowservError 413 for a file above the limit of the stage, for form and multipart uploads */
export function checkUploadSize({ uploadLimit }: Pick<Config, 'uploadLimit'>, size: number): void {
  if (size <= uploadLimit) return;
  throw new FlowservError(
    'upload.too-large',
    `file above the limit of ${uploadLimit} bytes; ask the operator for more (FLOWSERV_UPLOAD_LIMIT)`,
  );
}
