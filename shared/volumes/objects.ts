import type { Config } from '../config.ts';
import { createBucketClient } from './bucket-client.ts';
import { createObjectReads } from './object-reads.ts';
import { createObjectRemoval } from './object-removal.ts';
import { createObjectWrites } from './object-writes.ts';
import { createPartUploads } from './part-uploads.ts';

/** All operations that call S3. This module imports its SDK: import it on first use only. */
export function createObjects(config: Config) {
  const buckets = createBucketClient(config);
  return {
    ...createObjectReads(buckets),
    ...createObjectWrites(buckets),
    ...createObjectRemoval(buckets),
    parts: createPartUploads(buckets),
    /** Credentials that sign links if the settings contain no key pair. */
    credentials: () => buckets.client.config.credentials(),
  };
}

export type Objects = ReturnType<typeof createObjects>;
