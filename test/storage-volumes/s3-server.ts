import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { VolumeServer } from './contract.ts';

export const KEYS = { accessKeyId: 'AKIDVOLUMETEST', secretAccessKey: 'a secret of the tests' };

/** Returns an S3 server, with a bucket of its own, as a server of volumes. */
export async function s3Volumes(endpoint: string, close: () => Promise<void>): Promise<VolumeServer> {
  const client = new S3Client({ endpoint, region: 'us-east-1', credentials: KEYS, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: 'volumes' }));
  client.destroy();
  const shared = { bucket: 'volumes', region: 'us-east-1', endpoint, credentials: 'S3_LOGIN' };
  return {
    configuration: () => ({ type: 's3', id: 'remote', args: { ...shared, prefix: `base/${randomUUID()}/` } }),
    secrets: { S3_LOGIN: JSON.stringify(KEYS) },
    close,
  };
}
