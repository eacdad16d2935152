import {
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { BUCKET } from './running-s3.ts';

const Bucket = BUCKET;

/** The steps of a multipart upload, through the SDK. `more` is added to the input of a step. */
export function partUploads(client: () => S3Client) {
  async function create(Key: string, more: object = {}): Promise<string> {
    const { UploadId = '' } = await client().send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }));
    return UploadId;
  }

  async function upload(Key: string, UploadId: string, bodies: readonly Uint8Array[], more: object = {}) {
    const parts: CompletedPart[] = [];
    for (const [index, Body] of bodies.entries()) {
      const input = { Bucket, Key, UploadId, PartNumber: index + 1, Body, ...more };
      const part = await client().send(new UploadPartCommand(input));
      const { ETag, ChecksumCRC32, ChecksumCRC32C, ChecksumSHA256, ChecksumCRC64NVME } = part;
      const given = { ETag, ChecksumCRC32, ChecksumCRC32C, ChecksumSHA256, ChecksumCRC64NVME };
      const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      parts.push({ ...known, PartNumber: index + 1 });
    }
    return parts;
  }

  function complete(Key: string, UploadId: string, Parts: CompletedPart[], more: object = {}) {
    const MultipartUpload = { Parts };
    return client().send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload, ...more }),
    );
  }
  return { create, upload, complete };
}
