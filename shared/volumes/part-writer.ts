import {
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  NoSuchUpload,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';

/** Far above the 5 MiB of the smallest part, and 10,000 of them make 312 GiB (Amazon S3, "Multipart upload limits"). */
const PART_BYTES = 32 * 1024 * 1024;

/** What S3 checks each part against; it wants the sums again when the object is made of them. */
const ChecksumAlgorithm = 'CRC32';

/**
 * Creates or replaces an object whose size is not known before its end, part by part: one is on its way while the next
 * one is collected. What breaks off leaves parts, which the bucket's rule for abandoned uploads clears away.
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
    // Whoever awaits it is told of its failure, which may come before.
    sending.catch(() => {});
  }
  await sending;
  const complete = { ...target, UploadId, MultipartUpload: { Parts } };
  try {
    await client.send(new CompleteMultipartUploadCommand(complete));
  } catch (error) {
    if (!(error instanceof NoSuchUpload)) throw error;
    // The answer to the first of two requests may have been lost; then the object is there.
    await client.send(new HeadObjectCommand(target));
  }
}

/** The same bytes in pieces of `size`; the last one is what is left. */
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
