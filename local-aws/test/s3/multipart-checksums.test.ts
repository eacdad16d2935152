import { createHash } from 'node:crypto';
import {
  type ChecksumAlgorithm,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { partUploads } from './part-upload.ts';
import { BUCKET, clientOf, failure, useS3 } from './running-s3.ts';

const MIB = 1024 * 1024;
const Bucket = BUCKET;
const s3 = useS3();

const { create, upload, complete } = partUploads(() => s3.client);
const pattern = (size: number, seed: number) => Buffer.alloc(size, `part ${seed} `);

describe('checksums of multipart uploads', () => {
  const bodies = [pattern(5 * MIB, 1), pattern(77, 2)];

  it.each<[ChecksumAlgorithm, object, string]>([
    ['CRC32', { ChecksumAlgorithm: 'CRC32' }, 'COMPOSITE'],
    ['SHA256', { ChecksumAlgorithm: 'SHA256' }, 'COMPOSITE'],
    ['CRC32C', { ChecksumAlgorithm: 'CRC32C', ChecksumType: 'FULL_OBJECT' }, 'FULL_OBJECT'],
    ['CRC64NVME', { ChecksumAlgorithm: 'CRC64NVME' }, 'FULL_OBJECT'],
  ])('of %s are composite or full-object, as requested', async (algorithm, choice, type) => {
    // Prepare: the whole object's checksum from a simple upload
    const input = { Bucket, Key: 'whole', Body: Buffer.concat(bodies), ChecksumAlgorithm: algorithm };
    const whole = await s3.client.send(new PutObjectCommand(input));
    const field = `Checksum${algorithm}`;
    // Act
    const Key = `sums-${algorithm}`;
    const UploadId = await create(Key, choice);
    const parts = await upload(Key, UploadId, bodies, { ChecksumAlgorithm: algorithm });
    const result: object = await complete(Key, UploadId, parts);
    // Assess
    const head: object = await s3.client.send(
      new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }),
    );
    expect(head).toMatchObject({ ChecksumType: type, [field]: Object(result)[field] });
    if (type === 'FULL_OBJECT') expect(Object(result)[field]).toBe(Object(whole)[field]);
    else expect(Object(result)[field]).toMatch(/^[A-Za-z0-9+/]+=*-2$/);
    const got = await s3.client.send(new GetObjectCommand({ Bucket, Key }));
    expect((await got.Body?.transformToByteArray())?.length).toBe(5 * MIB + 77);
  });

  it('of SHA-256 are the hash of the parts’ hashes', async () => {
    const UploadId = await create('composite', { ChecksumAlgorithm: 'SHA256' });
    const parts = await upload('composite', UploadId, bodies, { ChecksumAlgorithm: 'SHA256' });
    const { ChecksumSHA256 } = await complete('composite', UploadId, parts);
    const hash = (data: Uint8Array) => createHash('sha256').update(data).digest();
    expect(ChecksumSHA256).toBe(`${hash(Buffer.concat(bodies.map(hash))).toString('base64')}-2`);
  });

  it('must be repeated correctly at completion when composite', async () => {
    const UploadId = await create('strict', { ChecksumAlgorithm: 'CRC32' });
    const [one = {}] = await upload('strict', UploadId, [pattern(10, 1)]);
    const bare = { PartNumber: one.PartNumber, ETag: one.ETag };
    expect(await failure(complete('strict', UploadId, [bare]))).toBe('InvalidRequest');
    const wrong = { ...one, ChecksumCRC32: 'AAAAAA==' };
    expect(await failure(complete('strict', UploadId, [wrong]))).toBe('InvalidPart');
    expect(await failure(complete('strict', UploadId, [one]))).toBe('succeeded');
  });

  it("of the whole object are compared with the client's", async () => {
    const choice = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' };
    const UploadId = await create('given', choice);
    const parts = await upload('given', UploadId, [Buffer.from('123456789')]);
    const finish = (ChecksumCRC32: string) =>
      complete('given', UploadId, parts, { ChecksumCRC32, ChecksumType: 'FULL_OBJECT' });
    expect(await failure(finish('AAAAAA=='))).toBe('BadDigest');
    // 0xcbf43926, the check value of CRC-32
    expect(await failure(finish('y/Q5Jg=='))).toBe('succeeded');
  });

  it('of parts must use the algorithm of the upload', async () => {
    const UploadId = await create('other', { ChecksumAlgorithm: 'SHA256' });
    const part = { ChecksumAlgorithm: 'CRC32' };
    expect(await failure(upload('other', UploadId, [pattern(1, 1)], part))).toBe('InvalidRequest');
    const whole = { ChecksumAlgorithm: 'SHA256', ChecksumType: 'FULL_OBJECT' };
    expect(await failure(create('other', whole))).toBe('InvalidRequest');
  });

  it('are optional', async () => {
    const client = clientOf(s3.server, { requestChecksumCalculation: 'WHEN_REQUIRED' });
    const UploadId = await create('plain');
    const input = { Bucket, Key: 'plain', UploadId, PartNumber: 1, Body: 'x' };
    const part = await client.send(new UploadPartCommand(input));
    client.destroy();
    expect(part.ChecksumCRC32).toBeUndefined();
    expect(await failure(complete('plain', UploadId, [{ PartNumber: 1, ETag: part.ETag }]))).toBe(
      'succeeded',
    );
  });
});
