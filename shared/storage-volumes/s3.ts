import { paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { createObjectReads } from '../volumes/object-reads.ts';
import { createObjectRemoval, removeBelow } from '../volumes/object-removal.ts';
import { createObjectWrites } from '../volumes/object-writes.ts';
import { contentOf } from './file-content.ts';
import { parseSecret } from './secret.ts';
import { withoutTrailing } from './trailing.ts';
import type { VolumeStorage } from './volume.ts';
import type { VolumeLocation } from './volume-config.ts';
import { joinKeys } from './volume-key.ts';

/** Files up to this size are sent in one request, which the SDK can repeat; larger ones in parts. */
const ONE_REQUEST_BYTES = 8 * 1024 * 1024;

const keyPair = z.object({
  accessKeyId: z.string().min(1),
  secretAccessKey: z.string().min(1),
  sessionToken: z.string().min(1).exactOptional(),
});

/**
 * Opens a bucket of Amazon S3, or of a compatible server, as a storage.
 *
 * @param secret JSON text with `accessKeyId` and `secretAccessKey`; the SDK's default credentials without it
 */
export function openS3(
  { bucket, prefix, endpoint, region }: Extract<VolumeLocation, { type: 's3' }>,
  secret: string | undefined,
): VolumeStorage {
  const client = new S3Client({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    ...(secret === undefined ? {} : { credentials: parseSecret(keyPair, secret, `bucket ${bucket}`) }),
  });
  const buckets = { client, names: { data: bucket, work: bucket } };
  const reads = createObjectReads(buckets);
  const writes = createObjectWrites(buckets);
  const removal = createObjectRemoval(buckets);
  const base = withoutTrailing(prefix ?? '', '/');
  const keyOf = (path: string) => joinKeys(base, path);
  const pathOf = (key: string) => (base === '' ? key : key.slice(base.length + 1));
  /** Prefix of the keys below a folder. It ends in `/`, so that `a/1` does not match `a/10`. */
  const prefixOf = (folder: string) => (keyOf(folder) === '' ? '' : `${keyOf(folder)}/`);

  const fileOf = (key: string, size: number) => ({
    size,
    async open() {
      const object = await reads.open('data', key);
      if (object === undefined) throw new Error(`the object '${key}' was removed from bucket '${bucket}'`);
      return object.body;
    },
  });

  return {
    describe: () => `AWS S3 storage bucket ${bucket}`,

    async put(path, file) {
      const content = contentOf(file);
      if (file.size > ONE_REQUEST_BYTES) return writes.writeParts('data', keyOf(path), content);
      await writes.write('data', keyOf(path), Buffer.concat(await Array.fromAsync(content)));
    },

    async find(path) {
      const size = await reads.size('data', keyOf(path));
      return size === undefined ? undefined : fileOf(keyOf(path), size);
    },

    async *list(folder) {
      const Prefix = prefixOf(folder);
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix })) {
        for (const { Key = '', Size = 0 } of Contents) {
          // Consoles represent a folder by an empty object whose key ends in `/`.
          if (!Key.endsWith('/')) yield { key: pathOf(Key), file: fileOf(Key, Size) };
        }
      }
    },

    remove: (path) => removal.remove('data', keyOf(path)),
    removeFolder: (folder) => removeBelow(client, bucket, prefixOf(folder)),
    makeFolder: async () => {},
    close: async () => client.destroy(),
  };
}
