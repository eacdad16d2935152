import { S3Client } from '@aws-sdk/client-s3';
import { clientOptions } from '../clients.ts';
import type { Config } from '../config.ts';
import type { Bucket } from './keys.ts';

/** The S3 client with the names of the two buckets. */
export interface BucketClient {
  readonly client: S3Client;
  readonly names: Readonly<Record<Bucket, string>>;
}

export const createBucketClient = (config: Config): BucketClient => ({
  client: new S3Client(clientOptions(config, config.endpoints.s3)),
  names: { data: config.dataBucket, work: config.workBucket },
});
