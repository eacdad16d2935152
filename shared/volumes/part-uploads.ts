import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  NoSuchUpload,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import type { BucketClient } from './bucket-client.ts';
import type { Bucket } from './keys.ts';
import { type PartUpload, type StoredPart, WrongParts } from './part-upload.ts';

/** Refusals of S3 that say that the parts are not as its client thinks. */
const WRONG_PARTS = new Set([
  'InvalidPart',
  'InvalidPartOrder',
  'EntityTooSmall',
  'MalformedXML',
  'EntityTooLarge',
]);

/**
 * Uploads in parts: created, completed and given up here, while the parts go straight to S3 by links (Amazon S3,
 * "Uploading and copying objects using multipart upload").
 */
export function createPartUploads({ client, names }: BucketClient) {
  const address = ({ bucket, key, uploadId }: PartUpload) => ({
    Bucket: names[bucket],
    Key: key,
    UploadId: uploadId,
  });

  return {
    async create(bucket: Bucket, key: string): Promise<PartUpload> {
      const answer = await client.send(new CreateMultipartUploadCommand({ Bucket: names[bucket], Key: key }));
      if (answer.UploadId === undefined) throw new Error('S3 has created an upload without an id');
      return { bucket, key, uploadId: answer.UploadId };
    },

    /** The parts that are stored, in their order; undefined when the upload is over, one way or the other. */
    async list(upload: PartUpload): Promise<StoredPart[] | undefined> {
      const found: StoredPart[] = [];
      try {
        // Not by the SDK's paginator: S3 names a next marker on the last page, too, from where it would begin again.
        for (let PartNumberMarker: string | undefined; ; ) {
          const page = await client.send(new ListPartsCommand({ ...address(upload), PartNumberMarker }));
          for (const { PartNumber = 0, ETag = '' } of page.Parts ?? []) {
            found.push({ number: PartNumber, etag: ETag });
          }
          if (!page.IsTruncated) return found;
          PartNumberMarker = page.NextPartNumberMarker;
        }
      } catch (error) {
        if (error instanceof NoSuchUpload) return undefined;
        throw error;
      }
    },

    /**
     * Makes the object of its parts. Doing it again is fine: an upload that is over is left as it is.
     *
     * @throws WrongParts
     */
    async complete(upload: PartUpload, parts: readonly StoredPart[]): Promise<void> {
      const Parts = parts.map(({ number, etag }) => ({ PartNumber: number, ETag: etag }));
      try {
        await client.send(
          new CompleteMultipartUploadCommand({ ...address(upload), MultipartUpload: { Parts } }),
        );
      } catch (error) {
        if (error instanceof NoSuchUpload) return;
        if (error instanceof S3ServiceException && WRONG_PARTS.has(error.name)) {
          throw new WrongParts(error.message, { cause: error });
        }
        throw error;
      }
    },

    /** Gives an upload up; one that is over is fine. */
    async abort(upload: PartUpload): Promise<void> {
      try {
        await client.send(new AbortMultipartUploadCommand(address(upload)));
      } catch (error) {
        if (!(error instanceof NoSuchUpload)) throw error;
      }
    },
  };
}
