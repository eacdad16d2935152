import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { CopyObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { BucketClient } from './bucket-client.ts';
import type { Bucket } from './keys.ts';
import { writeInParts } from './part-writer.ts';

/** Files up to this size are read into memory, since a request with a buffer is simpler to retry. */
const STREAM_BYTES = 8 * 1024 * 1024;

/** Writes of objects, each either complete or without effect. */
export function createObjectWrites({ client, names }: BucketClient) {
  return {
    /**
     * Creates or replaces an object. S3 verifies the bytes against their SHA-256. Returns that digest in hexadecimal.
     */
    async write(bucket: Bucket, key: string, body: Buffer, contentType?: string): Promise<string> {
      const digest = createHash('sha256').update(body).digest();
      await client.send(
        new PutObjectCommand({
          Bucket: names[bucket],
          Key: key,
          Body: body,
          ChecksumSHA256: digest.toString('base64'),
          ...(contentType ? { ContentType: contentType } : {}),
        }),
      );
      return digest.toString('hex');
    },

    /**
     * Creates an object, unless one exists under its key (Amazon S3, "Conditional writes").
     *
     * @returns false if one existed, which stays as it is
     */
    async writeOnce(bucket: Bucket, key: string, body: Buffer): Promise<boolean> {
      try {
        await client.send(
          new PutObjectCommand({ Bucket: names[bucket], Key: key, Body: body, IfNoneMatch: '*' }),
        );
        return true;
      } catch (error) {
        // The SDK has no class for this error.
        if (error instanceof Error && error.name === 'PreconditionFailed') return false;
        throw error;
      }
    },

    /**
     * Creates or replaces an object from a file, as a stream above 8 MB.
     *
     * @returns the SHA-256 of the bytes in hexadecimal, verified by S3
     */
    async writeFile(bucket: Bucket, key: (sha256: string) => string, path: string): Promise<string> {
      const { size } = await stat(path);
      const digest = await fileDigest(path);
      await client.send(
        new PutObjectCommand({
          Bucket: names[bucket],
          Key: key(digest.toString('hex')),
          Body: size <= STREAM_BYTES ? await readFile(path) : createReadStream(path),
          ContentLength: size,
          ChecksumSHA256: digest.toString('base64'),
        }),
      );
      return digest.toString('hex');
    },

    /**
     * Creates or replaces an object with the bytes of another one of the same bucket, at most 5 GiB. S3 copies them.
     *
     * @returns false if there is no such object
     */
    async copy(bucket: Bucket, from: string, to: string): Promise<boolean> {
      const name = names[bucket];
      const CopySource = encodeURI(`${name}/${from}`);
      try {
        await client.send(new CopyObjectCommand({ Bucket: name, Key: to, CopySource }));
        return true;
      } catch (error) {
        // The SDK has no class for this error of CopyObject.
        if (error instanceof Error && error.name === 'NoSuchKey') return false;
        throw error;
      }
    },

    /** Creates or replaces an object whose size is known only at its end. */
    async writeParts(bucket: Bucket, Key: string, chunks: AsyncIterable<Buffer>): Promise<void> {
      await writeInParts(client, { Bucket: names[bucket], Key }, chunks);
    },
  };
}

/** The SHA-256 of a file. */
export async function fileDigest(path: string): Promise<Buffer> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest();
}
