import type { Bucket } from './keys.ts';

/** A part that S3 has stored. */
export interface StoredPart {
  readonly number: number;
  readonly etag: string;
}

/** An object that is written in parts by somebody else. */
export interface PartUpload {
  readonly bucket: Bucket;
  readonly key: string;
  /** S3's id of the upload. */
  readonly uploadId: string;
}

/** Raised when an upload cannot be completed with the given parts; it stays as it is. */
export class WrongParts extends Error {
  override readonly name = 'WrongParts';
}
