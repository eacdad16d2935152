import { DeleteObjectCommand, DeleteObjectsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { BucketClient } from './bucket-client.ts';
import type { Bucket } from './keys.ts';

/** Removal of objects. */
export function createObjectRemoval({ client, names }: BucketClient) {
  return {
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
      const place = { Bucket: names[bucket] };
      for (;;) {
        const page = await client.send(new ListObjectsV2Command({ ...place, Prefix: prefix }));
        const objects = (page.Contents ?? []).flatMap(({ Key }) =>
          Key === undefined || stays(Key) ? [] : [{ Key }],
        );
        if (objects.length === 0) return;
        const answer = await client.send(
          new DeleteObjectsCommand({ ...place, Delete: { Objects: objects, Quiet: true } }),
        );
        // Failures come one by one in a successful answer; the next page would list the same objects again.
        const [failed] = answer.Errors ?? [];
        if (failed) throw new Error(`objects below '${prefix}' cannot be deleted: ${failed.Code}`);
        if (!page.IsTruncated) return;
      }
    },

    /** Removes one object; an absent one is fine. */
    async remove(bucket: Bucket, key: string): Promise<void> {
      await client.send(new DeleteObjectCommand({ Bucket: names[bucket], Key: key }));
    },
  };
}
