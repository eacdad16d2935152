import { clientOptions, lazily } from '../clients.ts';
import type { Config } from '../config.ts';
import type { BucketClient } from './bucket-client.ts';
import type { Bucket } from './keys.ts';
import { createObjectReads } from './object-reads.ts';
import { createObjectRemoval } from './object-removal.ts';
import { createObjectWrites } from './object-writes.ts';
import { createPartUploads } from './part-uploads.ts';
import { createLinkSigner, type LinkRequest, type SigningIdentity } from './presign.ts';

export type ObjectStore = ReturnType<typeof createObjectStore>;

/**
 * The S3 storage volume. `data` keeps what a user may ever read again; `work` keeps what a run needs
 * between its steps and expires by itself. The SDK is loaded on first use, so that a function which only
 * reads the table does not pay for it.
 */
export function createObjectStore(config: Config) {
  const names: Record<Bucket, string> = { data: config.dataBucket, work: config.workBucket };
  const load = lazily(async () => {
    const sdk = await import('@aws-sdk/client-s3');
    return { sdk, client: new sdk.S3Client(clientOptions(config, config.endpoints.s3)) };
  });

  const buckets: BucketClient = { load, names };

  const identity = async (): Promise<SigningIdentity> => {
    if (config.credentials) return config.credentials;
    return (await load()).client.config.credentials();
  };

  const sign = createLinkSigner({
    identity,
    region: config.region,
    ...(config.endpoints.links ? { endpoint: config.endpoints.links } : {}),
  });

  return {
    ...createObjectReads(buckets),
    ...createObjectWrites(buckets),
    ...createObjectRemoval(buckets),

    /** Objects that clients write in parts. */
    parts: createPartUploads({ ...buckets, sign }),

    /** A link that allows one method on one object for at most 15 minutes. */
    link: (bucket: Bucket, request: Omit<LinkRequest, 'bucket'>) =>
      sign({ ...request, bucket: names[bucket] }),
  };
}
