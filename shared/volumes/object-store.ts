import { lazily } from '../clients.ts';
import type { Config } from '../config.ts';
import type { Bucket } from './keys.ts';
import type { Objects } from './objects.ts';
import type { PartUpload } from './part-upload.ts';
import { createLinkSigner, type LinkRequest, MAX_LINK_SECONDS } from './presign.ts';

/**
 * The S3 storage volume. `data` keeps everything that a user may read later; `work` keeps what a run needs between its
 * steps and expires automatically.
 */
export interface ObjectStore extends Omit<Objects, 'parts' | 'credentials'> {
  /** Objects that clients write in parts. */
  readonly parts: Objects['parts'] & {
    /** Returns a link that stores, or replaces, one part with exactly this number of bytes. */
    link(upload: PartUpload, number: number, bytes: number): Promise<string>;
  };
  /** Returns a link that allows one method on one object for at most 15 minutes. */
  link(bucket: Bucket, request: Omit<LinkRequest, 'bucket'>): Promise<string>;
}

/** Loads the SDK on first use, so that a function that only reads the table does not load it. */
export function createObjectStore(config: Config): ObjectStore {
  const objects = lazily(async () => (await import('./objects.ts')).createObjects(config));
  const names = { data: config.dataBucket, work: config.workBucket };
  const sign = createLinkSigner({
    identity: async () => config.credentials ?? (await objects()).credentials(),
    region: config.region,
    ...(config.endpoints.links ? { endpoint: config.endpoints.links } : {}),
  });
  const link: ObjectStore['link'] = (bucket, request) => sign({ ...request, bucket: names[bucket] });
  return {
    open: async (...call) => (await objects()).open(...call),
    read: async (...call) => (await objects()).read(...call),
    readRange: async (...call) => (await objects()).readRange(...call),
    size: async (...call) => (await objects()).size(...call),
    write: async (...call) => (await objects()).write(...call),
    copy: async (...call) => (await objects()).copy(...call),
    writeFile: async (...call) => (await objects()).writeFile(...call),
    writeOnce: async (...call) => (await objects()).writeOnce(...call),
    writeParts: async (...call) => (await objects()).writeParts(...call),
    remove: async (...call) => (await objects()).remove(...call),
    removeAll: async (...call) => (await objects()).removeAll(...call),
    parts: {
      create: async (...call) => (await objects()).parts.create(...call),
      list: async (...call) => (await objects()).parts.list(...call),
      complete: async (...call) => (await objects()).parts.complete(...call),
      abort: async (...call) => (await objects()).parts.abort(...call),
      link: ({ bucket, key, uploadId }, number, bytes) =>
        link(bucket, {
          method: 'PUT',
          key,
          expiresIn: MAX_LINK_SECONDS,
          headers: { 'content-length': String(bytes) },
          query: { partNumber: String(number), uploadId },
        }),
    },
    link,
  };
}
