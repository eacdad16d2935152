import type { S3Client } from '@aws-sdk/client-s3';
import type { Bucket } from './keys.ts';

/** S3 as the parts of the object store use it: loaded on first use, and the names of the two buckets. */
export interface BucketClient {
  readonly load: () => Promise<{
    readonly sdk: typeof import('@aws-sdk/client-s3');
    readonly client: S3Client;
  }>;
  readonly names: Readonly<Record<Bucket, string>>;
}
