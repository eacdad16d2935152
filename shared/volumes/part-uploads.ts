import type { S3Client } from '@aws-sdk/client-s3';
import type { Bucket } from './object-store.ts';
import { inPieces } from './pieces.ts';
import { type LinkRequest, MAX_LINK_SECONDS } from './presign.ts';

type Sdk = typeof import('@aws-sdk/client-s3');

/** A part that S3 has stored. */
export interface StoredPart {
  readonly number: number;
  readonly etag: string;
  /** CRC-32 in base64, where S3 has been told at the beginning that parts have one. */
  readonly crc32?: string | undefined;
}

/** An object that is written in parts by somebody else. */
export interface PartUpload {
  readonly bucket: Bucket;
  readonly key: string;
  /** S3's id of the upload. */
  readonly uploadId: string;
}

/** Far above the 5 MiB of the smallest part, and 10,000 of them make 312 GiB. */
const PART_BYTES = 32 * 1024 * 1024;

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
export function createPartUploads(options: {
  readonly load: () => Promise<{ readonly sdk: Sdk; readonly client: S3Client }>;
  readonly names: Readonly<Record<Bucket, string>>;
  readonly sign: (request: LinkRequest) => Promise<string>;
}) {
  const { load, names, sign } = options;
  const address = ({ bucket, key, uploadId }: PartUpload) => ({
    Bucket: names[bucket],
    Key: key,
    UploadId: uploadId,
  });

  /** @param checksum what every part comes with; nothing where clients send parts that know none */
  const create = async (bucket: Bucket, key: string, checksum?: 'CRC32'): Promise<PartUpload> => {
    const { sdk, client } = await load();
    const ChecksumAlgorithm = checksum;
    const answer = await client.send(
      new sdk.CreateMultipartUploadCommand({ Bucket: names[bucket], Key: key, ChecksumAlgorithm }),
    );
    if (answer.UploadId === undefined) throw new Error('S3 has created an upload without an id');
    return { bucket, key, uploadId: answer.UploadId };
  };

  /**
   * Makes the object of its parts; where these came with checksums, S3 wants them again. Doing it again is fine: an
   * upload that is over is left as it is.
   *
   * @throws WrongParts
   */
  const complete = async (upload: PartUpload, parts: readonly StoredPart[]): Promise<void> => {
    const { sdk, client } = await load();
    const Parts = parts.map(({ number, etag, crc32 }) => ({
      PartNumber: number,
      ETag: etag,
      ChecksumCRC32: crc32,
    }));
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
  };

  return {
    create,
    complete,

    /**
     * Creates or replaces an object whose size shows at its end, part by part; one is on its way while the next one
     * is collected. What breaks off leaves parts, which the bucket's rule for abandoned uploads clears away.
     */
    async write(bucket: Bucket, key: string, chunks: AsyncIterable<Buffer>): Promise<void> {
      const { sdk, client } = await load();
      const upload = await create(bucket, key, 'CRC32');
      const parts: StoredPart[] = [];
      const send = async (number: number, Body: Buffer) => {
        const part = { ...address(upload), PartNumber: number, Body, ChecksumAlgorithm: 'CRC32' } as const;
        const { ETag: etag = '', ChecksumCRC32: crc32 } = await client.send(new sdk.UploadPartCommand(part));
        parts.push({ number, etag, crc32 });
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
      await complete(upload, parts);
    },

    /** A link that stores one part, or stores it anew. */
    link: ({ bucket, key, uploadId }: PartUpload, number: number): Promise<string> =>
      sign({
        method: 'PUT',
        bucket: names[bucket],
        key,
        expiresIn: MAX_LINK_SECONDS,
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
