import { pipeline } from 'node:stream/promises';
import { ApiError, type File, IdempotencyStrategy, Storage } from '@google-cloud/storage';
import * as z from 'zod';
import { inParallel } from '../parallel.ts';
import { contentOf } from './file-content.ts';
import { parseSecret } from './secret.ts';
import { withoutTrailing } from './trailing.ts';
import type { VolumeFile, VolumeStorage } from './volume.ts';
import type { VolumeLocation } from './volume-config.ts';
import { joinKeys } from './volume-key.ts';

/** Files up to this size are sent in one request; larger ones resume after an interruption. */
const ONE_REQUEST_BYTES = 8 * 1024 * 1024;
/** Concurrent requests that delete objects. */
const DELETES = 8;

/** Part of the key file of a service account that identifies it. */
const accountKey = z.object({
  client_email: z.string().min(1),
  private_key: z.string().min(1),
  project_id: z.string().min(1).exactOptional(),
});

/**
 * Opens a bucket of Google Cloud Storage as a storage. The bucket must exist.
 *
 * @param secret the key file of a service account as JSON text; Google's default credentials without it
 */
export function openGoogleCloud(
  { bucket: name, prefix, endpoint }: Extract<VolumeLocation, { type: 'gc' }>,
  secret: string | undefined,
): VolumeStorage {
  const account = secret === undefined ? undefined : parseSecret(accountKey, secret, `bucket ${name}`);
  const client = new Storage({
    ...(endpoint === undefined ? {} : { apiEndpoint: endpoint }),
    ...(account === undefined ? {} : { credentials: account }),
    ...(account?.project_id === undefined ? {} : { projectId: account.project_id }),
    // All requests here can be repeated: they replace or delete an object as a whole.
    retryOptions: { idempotencyStrategy: IdempotencyStrategy.RetryAlways },
  });
  const bucket = client.bucket(name);
  const base = withoutTrailing(prefix ?? '', '/');
  const keyOf = (path: string) => joinKeys(base, path);
  const pathOf = (key: string) => (base === '' ? key : key.slice(base.length + 1));
  /** Prefix of the keys below a folder. It ends in `/`, so that `a/1` does not match `a/10`. */
  const prefixOf = (folder: string) => (keyOf(folder) === '' ? '' : `${keyOf(folder)}/`);

  async function* objectsBelow(folder: string): AsyncGenerator<File[]> {
    for (let pageToken: string | undefined; ; ) {
      const [files, next] = await bucket.getFiles({
        prefix: prefixOf(folder),
        autoPaginate: false,
        ...(pageToken === undefined ? {} : { pageToken }),
      });
      yield files;
      pageToken = z.object({ pageToken: z.string() }).safeParse(next).data?.pageToken;
      if (pageToken === undefined) return;
    }
  }

  return {
    describe: () => `Google Cloud Storage bucket ${name}`,

    async put(path, file) {
      const resumable = file.size > ONE_REQUEST_BYTES;
      await pipeline(
        contentOf(file),
        bucket.file(keyOf(path)).createWriteStream({ resumable, validation: 'crc32c' }),
      );
    },

    async find(path) {
      try {
        const object = bucket.file(keyOf(path));
        await object.getMetadata();
        return fileOf(object);
      } catch (error) {
        if (error instanceof ApiError && error.code === 404) return undefined;
        throw error;
      }
    },

    async *list(folder) {
      for await (const objects of objectsBelow(folder)) {
        // Consoles represent a folder by an empty object whose key ends in `/`.
        const files = objects.filter((object) => !object.name.endsWith('/'));
        yield* files.map((object) => ({ key: pathOf(object.name), file: fileOf(object) }));
      }
    },

    async remove(path) {
      await bucket.file(keyOf(path)).delete({ ignoreNotFound: true });
    },

    async removeFolder(folder) {
      for await (const objects of objectsBelow(folder)) {
        await inParallel(objects, DELETES, async (object) => {
          await object.delete({ ignoreNotFound: true });
        });
      }
    },

    makeFolder: async () => {},
    close: async () => {},
  };
}

/** Returns an object, whose metadata were read, as a file. */
const fileOf = (object: File): VolumeFile => ({
  size: Number(object.metadata.size),
  open: async () => object.createReadStream({ validation: 'crc32c' }),
});
