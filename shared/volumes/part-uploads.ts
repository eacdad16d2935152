import type { BucketClient } from './bucket-client.ts';
import type { Bucket } from './keys.ts';
import { type LinkRequest, MAX_LINK_SECONDS } from './presign.ts';

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

/** Refusals of S3 that say that the parts are not as its client thinks. */
const WRONG_PARTS = new Set([
  'InvalidPart',
  'InvalidPartOrder',
  'EntityTooSmall',
  'MalformedXML',
  'EntityTooLarge',
]);

/** Raised when an upload cannot be completed with the given parts; it stays as it is. */
export class WrongParts extends Error {
  override readonly name = 'WrongParts';
}

/**
 * Uploads in parts: created, completed and given up here, while the parts go straight to S3 by links (Amazon S3,
 * "Uploading and copying objects using multipart upload").
 */
export function createPartUploads({
  load,
  names,
  sign,
}: BucketClient & { readonly sign: (request: LinkRequest) => Promise<string> }) {
  const address = ({ bucket, key, uploadId }: PartUpload) => ({
    Bucket: names[bucket],
    Key: key,
    UploadId: uploadId,
  });

  return {
    async create(bucket: Bucket, key: string): Promise<PartUpload> {
      const { sdk, client } = await load();
      const answer = await client.send(
        new sdk.CreateMultipartUploadCommand({ Bucket: names[bucket], Key: key }),
      );
      if (answer.UploadId === undefined) throw new Error('S3 has created an upload without an id');
      return { bucket, key, uploadId: answer.UploadId };
    },

    /** A link that stores one part of that many bytes and no other, or stores it anew. */
    link: ({ bucket, key, uploadId }: PartUpload, number: number, bytes: number): Promise<string> =>
      sign({
        method: 'PUT',
        bucket: names[bucket],
        key,
        expiresIn: MAX_LINK_SECONDS,
        headers: { 'content-length': String(bytes) },
        query: { partNumber: String(number), uploadId },
      }),

    /** The parts that are stored, in their order; undefined when the upload is over, one way or the other. */
    async list(upload: PartUpload): Promise<StoredPart[] | undefined> {
      const { sdk, client } = await load();
      const found: StoredPart[] = [];
      try {
        for await (const page of sdk.paginateListParts({ client }, address(upload))) {
          for (const { PartNumber = 0, ETag = '' } of page.Parts ?? []) {
            found.push({ number: PartNumber, etag: ETag });
          }
        }
      } catch (error) {
        if (error instanceof sdk.NoSuchUpload) return undefined;
        throw error;
      }
      return found;
    },

    /**
     * Makes the object of its parts. Doing it again is fine: an upload that is over is left as it is.
     *
     * @throws WrongParts
     */
    async complete(upload: PartUpload, parts: readonly StoredPart[]): Promise<void> {
      const { sdk, client } = await load();
      const Parts = parts.map(({ number, etag }) => ({ PartNumber: number, ETag: etag }));
      try {
        await client.send(
          new sdk.CompleteMultipartUploadCommand({ ...address(upload), MultipartUpload: { Parts } }),
        );
      } catch (error) {
        if (error instanceof sdk.NoSuchUpload) return;
        if (error instanceof sdk.S3ServiceException && WRONG_PARTS.has(error.name)) {
          throw new WrongParts(error.message, { cause: error });
        }
        throw error;
      }
    },

    /** Gives an upload up; one that is over is fine. */
    async abort(upload: PartUpload): Promise<void> {
      const { sdk, client } = await load();
      try {
        await client.send(new sdk.AbortMultipartUploadCommand(address(upload)));
      } catch (error) {
        if (!(error instanceof sdk.NoSuchUpload)) throw error;
      }
    },
  };
}
