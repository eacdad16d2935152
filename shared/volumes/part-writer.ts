import {
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  NoSuchUpload,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';

/** Size of a part; the minimum is 5 MiB, and 10,000 parts are 312 GiB (Amazon S3, "Multipart upload limits"). */
const PART_BYTES = 32 * 1024 * 1024;

/** S3 verifies each part with this checksum, and requires the checksums again to complete the object. */
const ChecksumAlgorithm = 'CRC32';

/**
 * Creates or replaces an object of unknown size, part by part: one part is sent while the next one is collected. An
 * interrupted write leaves parts, which the bucket's lifecycle rule for incomplete uploads removes.
 */
export async function writeInParts(
  client: S3Client,
  target: { readonly Bucket: string; readonly Key: string },
  chunks: AsyncIterable<Buffer>,
): Promise<void> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...target, ChecksumAlgorithm }));
  const Parts: CompletedPart[] = [];
  const send = async (PartNumber: number, Body: Buffer) => {
    const part = { ...target, UploadId, PartNumber, Body, ChecksumAlgorithm } as const;
    const { ETag, ChecksumCRC32 } = await client.send(new UploadPartCommand(part));
    Parts.push({ PartNumber, ETag, ChecksumCRC32 });
  };
  let sending: Promise<void> = Promise.resolve();
  let number = 0;
  for await (const piece of inPieces(chunks, PART_BYTES)) {
    await sending;
    number += 1;
    sending = send(number, piece);
    // A later `await` reports the failure, which may happen earlier.
    sending.catch(() => {});
  }
  await sending;
  // An object has at least one part, which may be empty.
  if (number === 0) await send(1, Buffer.alloc(0));
  const complete = { ...target, UploadId, MultipartUpload: { Parts } };
  try {
    await client.send(new CompleteMultipartUploadCommand(complete));
  } catch (error) {
    if (!(error instanceof NoSuchUpload)) throw error;
    // If the response to a first request was lost, a retry fails although the object exists.
    await client.send(new HeadObjectCommand(target));
  }
}

/** Yields the same bytes in pieces of `size`; the last piece is shorter. */
export async function* inPieces(chunks: AsyncIterable<Buffer>, size: number): AsyncGenerator<Buffer> {
  let collected: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const taken = chunk.subarray(at, at + size - bytes);
      collected.push(taken);
      at += taken.length;
      bytes += taken.length;
      if (bytes < size) continue;
      yield Buffer.concat(collected);
      collected = [];
      bytes = 0;
    }
  }
  if (bytes > 0) yield Buffer.concat(collected);
}
