import type { Readable } from 'node:stream';
import { GetObjectCommand, HeadObjectCommand, NoSuchKey, NotFound } from '@aws-sdk/client-s3';
import type { BucketClient } from './bucket-client.ts';
import type { Bucket } from './keys.ts';

export interface StoredObject {
  readonly body: Readable;
  readonly size: number;
}

/** Reads of objects. */
export function createObjectReads({ client, names }: BucketClient) {
  const open = async (bucket: Bucket, key: string): Promise<StoredObject | undefined> => {
    try {
      const response = await client.send(new GetObjectCommand({ Bucket: names[bucket], Key: key }));
      return { body: response.Body as Readable, size: response.ContentLength ?? 0 };
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  };

  return {
    /** Opens an object as a stream; undefined if it does not exist. The caller consumes or destroys the stream. */
    open,

    /**
     * Reads a small object as a whole; undefined if it does not exist.
     *
     * @throws Error if it is larger than `maxBytes`
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

    /** Reads bytes of an object, fewer at its end; undefined if it does not exist. */
    async readRange(bucket: Bucket, key: string, start: number, length: number): Promise<Buffer | undefined> {
      if (length === 0) return Buffer.alloc(0);
      const Range = `bytes=${start}-${start + length - 1}`;
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: names[bucket], Key: key, Range }));
        return Buffer.concat(await Array.fromAsync(Body as Readable));
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },

    /** Returns the size of an object in bytes; undefined if it does not exist. */
    async size(bucket: Bucket, key: string): Promise<number | undefined> {
      try {
        const response = await client.send(new HeadObjectCommand({ Bucket: names[bucket], Key: key }));
        return response.ContentLength;
      } catch (error) {
        if (error instanceof NotFound || error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
  };
}
