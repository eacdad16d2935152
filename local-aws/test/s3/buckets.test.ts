import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  HeadBucketCommand,
  type LifecycleRule,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { BUCKET, codeOf, failure, REGION, sendSigned, useS3 } from './running-s3.ts';

const s3 = useS3();

const create = (Bucket: string) => s3.client.send(new CreateBucketCommand({ Bucket }));

describe('buckets', () => {
  it('are created once, listed, found, and deleted when empty', async () => {
    // Prepare
    await create('first-bucket');
    await create('another-bucket');
    // Act and assess
    expect(await failure(create('first-bucket'))).toBe('BucketAlreadyOwnedByYou');
    const { Buckets } = await s3.client.send(new ListBucketsCommand({}));
    expect(Buckets?.map(({ Name }) => Name)).toEqual(['another-bucket', BUCKET, 'first-bucket']);
    const head = await s3.client.send(new HeadBucketCommand({ Bucket: 'first-bucket' }));
    expect(head.BucketRegion).toBe(REGION);
    const location = await s3.client.send(new GetBucketLocationCommand({ Bucket: 'first-bucket' }));
    expect(location.LocationConstraint).toBe(REGION);
    const remove = () => s3.client.send(new DeleteBucketCommand({ Bucket: 'first-bucket' }));
    await s3.client.send(new PutObjectCommand({ Bucket: 'first-bucket', Key: 'k', Body: 'x' }));
    expect(await failure(remove())).toBe('BucketNotEmpty');
    await s3.client.send(new DeleteObjectCommand({ Bucket: 'first-bucket', Key: 'k' }));
    await s3.client.send(new CreateMultipartUploadCommand({ Bucket: 'first-bucket', Key: 'k' }));
    expect(await failure(remove())).toBe('succeeded');
    expect(await failure(s3.client.send(new HeadBucketCommand({ Bucket: 'first-bucket' })))).toBe('NotFound');
    expect(await failure(remove())).toBe('NoSuchBucket');
  });

  it.each(['ab', 'Upper', 'under_score', '-dash', 'dot..dot', '192.168.5.4', 'xn--name', 'a'.repeat(64)])(
    'are not created with the name %s',
    async (name) => {
      const response = await sendSigned(s3.server, { method: 'PUT', path: `/${name}` });
      expect(await codeOf(response)).toBe('InvalidBucketName');
    },
  );

  it('belong to the region of the stack', async () => {
    const configuration = { CreateBucketConfiguration: { LocationConstraint: 'us-west-2' as const } };
    const call = s3.client.send(new CreateBucketCommand({ Bucket: 'elsewhere', ...configuration }));
    expect(await failure(call)).toBe('IllegalLocationConstraintException');
    const bare = await sendSigned(s3.server, { method: 'PUT', path: '/elsewhere' });
    expect(await codeOf(bare)).toBe('IllegalLocationConstraintException');
  });
});

describe('the lifecycle of a bucket', () => {
  const Bucket = 'lifecycle-bucket';
  const DAY_MS = 24 * 60 * 60 * 1000;
  const put = (Rules: LifecycleRule[]) =>
    s3.client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
  const get = () => s3.client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
  const keys = async () => {
    const { Contents } = await s3.client.send(new ListObjectsV2Command({ Bucket }));
    return (Contents ?? []).map(({ Key }) => Key);
  };
  /** The next midnight UTC, plus a number of days. */
  const midnightIn = (days: number) => new Date((Math.floor(Date.now() / DAY_MS) + 1 + days) * DAY_MS);

  it('is stored and returned', async () => {
    await create(Bucket);
    expect(await failure(get())).toBe('NoSuchLifecycleConfiguration');
    const rules: LifecycleRule[] = [
      { ID: 'work', Status: 'Enabled', Filter: { Prefix: 'work/' }, Expiration: { Days: 2 } },
      { ID: 'off', Status: 'Disabled', Filter: { Prefix: 'keep/' }, Expiration: { Days: 1 } },
      {
        ID: 'uploads',
        Status: 'Enabled',
        Filter: { Prefix: '' },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
      },
    ];
    await put(rules);
    expect((await get()).Rules).toEqual(rules);
  });

  it('removes objects and uploads at the midnight after their last day', async () => {
    // Prepare
    for (const Key of ['work/a', 'work/b', 'keep/a', 'other']) {
      await s3.client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
    }
    await s3.client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'left' }));
    const uploads = async () =>
      (await s3.client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads?.length ?? 0;
    // Act and assess
    s3.server.sweep(new Date(midnightIn(1).getTime() - 1));
    expect([await keys(), await uploads()]).toEqual([['keep/a', 'other', 'work/a', 'work/b'], 1]);
    s3.server.sweep(midnightIn(1));
    expect([await keys(), await uploads()]).toEqual([['keep/a', 'other', 'work/a', 'work/b'], 0]);
    s3.server.sweep(midnightIn(2));
    expect(await keys()).toEqual(['keep/a', 'other']);
  });

  it('is rejected when it contains an unsupported action', async () => {
    const rule: LifecycleRule = { ID: 'r', Status: 'Enabled', Filter: { Prefix: '' } };
    const Transitions = [{ Days: 1, StorageClass: 'GLACIER' as const }];
    expect(await failure(put([{ ...rule, Transitions }]))).toBe('MalformedXML');
    expect(await failure(put([{ ...rule, Expiration: { Days: 0 } }]))).toBe('MalformedXML');
    const Filter = { Tag: { Key: 'a', Value: 'b' } };
    expect(await failure(put([{ ...rule, Filter, Expiration: { Days: 1 } }]))).toBe('MalformedXML');
    expect(await failure(put([rule]))).toBe('InvalidRequest');
  });
});
