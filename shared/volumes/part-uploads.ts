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

/** S3 errors for parts that differ from what the client expects. */
const WRONG_PARTS = new Set([
  'InvalidPart',
  'InvalidPartOrder',
  'EntityTooSmall',
  'MalformedXML',
  'EntityTooLarge',
]);

/**
 * Multipart uploads. They are created, completed and aborted here, while the parts go directly to S3 by links (Amazon
 * S3, "Uploading and copying objects using multipart upload").
 */
export function createPartUploads({ client, names }: BucketClient) {
  const address = ({ bucket, key, uploadId }: PartUpload) => ({
    Bucket: names[bucket],
    Key: key,
    UploadId: uploadId,
  });

  return {
    async create(bucket: Bucket, key: string): Promise<PartUpload> {
      const response = await client.send(
        new CreateMultipartUploadCommand({ Bucket: names[bucket], Key: key }),
      );
      if (response.UploadId === undefined) throw new Error('S3 created an upload without an id');
      return { bucket, key, uploadId: response.UploadId };
    },

    /** Returns the stored parts in order; undefined if the upload was completed or aborted. */
    async list(upload: PartUpload): Promise<StoredPart[] | undefined> {
      const found: StoredPart[] = [];
      try {
        // Does not use the SDK's paginator: S3 returns a next marker on the last page too, with which the paginator
        // would start again.
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
     * Completes an upload to an object. Can be repeated: an upload that has ended is left unchanged.
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

    /** Aborts an upload; does nothing if it has ended. */
    async abort(upload: PartUpload): Promise<void> {
      try {
        await client.send(new AbortMultipartUploadCommand(address(upload)));
      } catch (error) {
        if (!(error instanceof NoSuchUpload)) throw error;
      }
    },
  };
}
