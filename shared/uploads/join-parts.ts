import { invalid } from '../errors.ts';
import type { Services } from '../services/services.ts';
import { type StoredPart, WrongParts } from '../volumes/part-upload.ts';
import { type FileInParts, partCount } from './parts.ts';

/**
 * Has S3 join the parts of a file to one object. Can be repeated.
 *
 * @throws FlowservError 400 if the parts are not those that S3 stored, which the client can correct
 */
export async function joinParts(
  { objects }: Services,
  file: FileInParts,
  parts: readonly StoredPart[],
): Promise<void> {
  const count = partCount(file);
  if (parts.length !== count) throw wrongParts(`the file has ${count} parts, not ${parts.length}`);
  try {
    await objects.parts.complete(file.upload, parts);
  } catch (error) {
    if (!(error instanceof WrongParts)) throw error;
    throw wrongParts('the parts are not those that S3 stored; ask which are done', error);
  }
}

const wrongParts = (message: string, cause?: unknown) => invalid('upload.part', message, cause);
