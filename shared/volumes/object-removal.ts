import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  ListObjectsV2Command,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { BucketClient } from './bucket-client.ts';
import type { Bucket } from './keys.ts';

/** Removal of objects. */
export function createObjectRemoval({ client, names }: BucketClient) {
  return {
    /**
     * Removes every object below a prefix. The prefix must end in `/`, so that `a/1/` does not match `a/10/`.
     *
     * @param stays returns whether to keep an object; must keep fewer objects than one page of a list (1,000)
     */
    async removeAll(bucket: Bucket, prefix: string, stays?: (key: string) => boolean): Promise<void> {
      if (!prefix.endsWith('/')) throw new Error(`not a folder: '${prefix}'`);
      await removeBelow(client, names[bucket], prefix, stays);
    },

    /** Removes one object; does nothing if it does not exist. */
    async remove(bucket: Bucket, key: string): Promise<void> {
      await client.send(new DeleteObjectCommand({ Bucket: names[bucket], Key: key }));
    },
  };
}

/**
 * Removes the objects of a bucket whose keys begin with a prefix, which may be empty.
 *
 * @param stays returns whether to keep an object; must keep fewer objects than one page of a list (1,000)
 */
export async function removeBelow(
  client: S3Client,
  bucket: string,
  prefix: string,
  stays: (key: string) => boolean = () => false,
): Promise<void> {
  const target = { Bucket: bucket };
  for (;;) {
    const page = await client.send(new ListObjectsV2Command({ ...target, Prefix: prefix }));
    const objects = (page.Contents ?? []).flatMap(({ Key }) =>
      Key === undefined || stays(Key) ? [] : [{ Key }],
    );
    if (objects.length === 0) return;
    const response = await client.send(
      new DeleteObjectsCommand({ ...target, Delete: { Objects: objects, Quiet: true } }),
    );
    // A successful response lists failures individually; the next page would list the same objects again.
    const [failed] = response.Errors ?? [];
    if (failed) throw new Error(`objects below '${prefix}' cannot be deleted: ${failed.Code}`);
    if (!page.IsTruncated) return;
  }
}
