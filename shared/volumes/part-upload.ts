import type { Bucket } from './keys.ts';

/** A part stored in S3. */
export interface StoredPart {
  readonly number: number;
  readonly etag: string;
}

/** A multipart upload whose parts a client sends. */
export interface PartUpload {
  readonly bucket: Bucket;
  readonly key: string;
  /** S3's id of the upload. */
  readonly uploadId: string;
}

/** Thrown if an upload cannot be completed with the given parts; the upload stays unchanged. */
export class WrongParts extends Error {
  override readonly name = 'WrongParts';
}
