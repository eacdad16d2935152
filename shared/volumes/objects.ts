import type { Config } from '../config.ts';
import { createBucketClient } from './bucket-client.ts';
import { createObjectReads } from './object-reads.ts';
import { createObjectRemoval } from './object-removal.ts';
import { createObjectWrites } from './object-writes.ts';
import { createPartUploads } from './part-uploads.ts';

/** Everything that asks S3 itself. This module holds its SDK: import it on first use only. */
export function createObjects(config: Config) {
  const buckets = createBucketClient(config);
  return {
    ...createObjectReads(buckets),
    ...createObjectWrites(buckets),
    ...createObjectRemoval(buckets),
    parts: createPartUploads(buckets),
    /** What links are signed with where the settings name no key pair. */
    credentials: () => buckets.client.config.credentials(),
  };
}

export type Objects = ReturnType<typeof createObjects>;
