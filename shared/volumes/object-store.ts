import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { clientOptions, lazily } from '../clients.ts';
import type { Config } from '../config.ts';
import type { Bucket } from './keys.ts';
import { createPartUploads } from './part-uploads.ts';
import { writeInParts } from './part-writer.ts';
import { createLinkSigner, type LinkRequest, type SigningIdentity } from './presign.ts';

/** Files up to this size are read into memory, since one request with a buffer is simpler to repeat. */
const STREAM_BYTES = 8 * 1024 * 1024;

export interface StoredObject {
  readonly body: Readable;
  readonly size: number;
}

export type ObjectStore = ReturnType<typeof createObjectStore>;

/**
 * The S3 storage volume. `data` keeps what a user may ever read again; `work` keeps what a run needs
 * between its steps and expires by itself. The SDK is loaded on first use, so that a function which only
 * reads the table does not pay for it.
 */
export function createObjectStore(config: Config) {
  const names: Record<Bucket, string> = { data: config.dataBucket, work: config.workBucket };
  const load = lazily(async () => {
    const sdk = await import('@aws-sdk/client-s3');
    return { sdk, client: new sdk.S3Client(clientOptions(config, config.endpoints.s3)) };
  });

  const identity = async (): Promise<SigningIdentity> => {
    if (config.credentials) return config.credentials;
    return (await load()).client.config.credentials();
  };

  const sign = createLinkSigner({
    identity,
    region: config.region,
    ...(config.endpoints.links ? { endpoint: config.endpoints.links } : {}),
  });

  const open = async (bucket: Bucket, key: string): Promise<StoredObject | undefined> => {
    const { sdk, client } = await load();
    try {
      const answer = await client.send(new sdk.GetObjectCommand({ Bucket: names[bucket], Key: key }));
      return { body: answer.Body as Readable, size: answer.ContentLength ?? 0 };
    } catch (error) {
      if (error instanceof sdk.NoSuchKey) return undefined;
      throw error;
    }
  };

  return {
    /** The object as a stream, or undefined when there is none. The caller consumes or destroys the stream. */
    open,

    /**
     * A small object as a whole, or undefined when there is none.
     *
     * @throws Error when it is larger than `maxBytes`
     */
    async read(bucket: Bucket, key: string, maxBytes: number): Promise<Buffer | undefined> {
      const object = await open(bucket, key);
      if (!object) return undefined;
      if (object.size > maxBytes) {
        object.body.destroy();
        throw new Error(`object of ${object.size} bytes is above the limit of ${maxBytes}`);
      }
      return Buffer.concat(await Array.fromAsync(object.body));
    },

    /** Bytes of an object, or undefined when there is none. */
    async size(bucket: Bucket, key: string): Promise<number | undefined> {
      const { sdk, client } = await load();
      try {
        const answer = await client.send(new sdk.HeadObjectCommand({ Bucket: names[bucket], Key: key }));
        return answer.ContentLength;
      } catch (error) {
        if (error instanceof sdk.NotFound || error instanceof sdk.NoSuchKey) return undefined;
        throw error;
      }
    },

    /** Creates or replaces an object; S3 verifies the bytes against their SHA-256. Returns that digest, hex. */
    async write(bucket: Bucket, key: string, body: Buffer, contentType?: string): Promise<string> {
      const { sdk, client } = await load();
      const digest = createHash('sha256').update(body).digest();
      await client.send(
        new sdk.PutObjectCommand({
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
     * Creates or replaces an object from a file, as a stream above 8 MB.
     *
     * @returns the SHA-256 of the bytes, hex, which S3 has verified
     */
    async writeFile(bucket: Bucket, key: (sha256: string) => string, path: string): Promise<string> {
      const { sdk, client } = await load();
      const { size } = await stat(path);
      const digest = await digestOf(path);
      await client.send(
        new sdk.PutObjectCommand({
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
     * Removes every object below a prefix, which must end in `/` so that `a/1/` does not reach `a/10/`.
     *
     * @param stays whether an object is kept; fewer than one page of a list (1,000) are
     */
    async removeAll(
      bucket: Bucket,
      prefix: string,
      stays: (key: string) => boolean = () => false,
    ): Promise<void> {
      if (!prefix.endsWith('/')) throw new Error(`not a folder: '${prefix}'`);
      const { sdk, client } = await load();
      const Bucket = names[bucket];
      for (;;) {
        const page = await client.send(new sdk.ListObjectsV2Command({ Bucket, Prefix: prefix }));
        const objects = (page.Contents ?? []).flatMap(({ Key }) =>
          Key === undefined || stays(Key) ? [] : [{ Key }],
        );
        if (objects.length === 0) return;
        const answer = await client.send(
          new sdk.DeleteObjectsCommand({ Bucket, Delete: { Objects: objects, Quiet: true } }),
        );
        // Failures come one by one in a successful answer; the next page would list the same objects again.
        const [failed] = answer.Errors ?? [];
        if (failed) throw new Error(`objects below '${prefix}' cannot be deleted: ${failed.Code}`);
      }
    },

    /** Creates or replaces an object of bytes whose number shows at their end. */
    async writeParts(bucket: Bucket, Key: string, chunks: AsyncIterable<Buffer>): Promise<void> {
      await writeInParts(await load(), { Bucket: names[bucket], Key }, chunks);
    },

    /** Removes one object; an absent one is fine. */
    async remove(bucket: Bucket, key: string): Promise<void> {
      const { sdk, client } = await load();
      await client.send(new sdk.DeleteObjectCommand({ Bucket: names[bucket], Key: key }));
    },

    /** Objects that clients write in parts. */
    parts: createPartUploads({ load, names, sign }),

    /** A link that allows one method on one object for at most 15 minutes. */
    link: (bucket: Bucket, request: Omit<LinkRequest, 'bucket'>) =>
      sign({ ...request, bucket: names[bucket] }),
  };
}

async function digestOf(path: string): Promise<Buffer> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest();
}
