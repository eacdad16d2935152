import { createHash } from 'node:crypto';
import {
  type ChecksumAlgorithm,
  CopyObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDigest } from '../../s3/checksums.ts';
import { combineCrc, crcKinds } from '../../s3/combine-crc.ts';
import { BUCKET, codeOf, failure, sendSigned, useS3 } from './running-s3.ts';

const Bucket = BUCKET;
const s3 = useS3();

describe('the cyclic redundancy checks', () => {
  const algorithms = ['CRC32', 'CRC32C', 'CRC64NVME'] as const;
  const digestOf = async (algorithm: (typeof algorithms)[number], ...chunks: Uint8Array[]) => {
    const digest = createDigest(algorithm);
    for (const chunk of chunks) digest.update(chunk);
    return Buffer.from(await digest.digest());
  };

  it('return the check values of their definitions for 123456789', async () => {
    const values = await Promise.all(
      algorithms.map((algorithm) => digestOf(algorithm, Buffer.from('1234'), Buffer.from('56789'))),
    );
    expect(values.map((value) => value.toString('hex'))).toEqual([
      'cbf43926',
      'e3069283',
      'ae8b14860a799888',
    ]);
  });

  it.each(algorithms)('of type %s of two pieces combine to that of the whole', async (algorithm) => {
    const pieces = [fc.uint8Array({ maxLength: 60 }), fc.uint8Array({ maxLength: 300 })] as const;
    await fc.assert(
      fc.asyncProperty(...pieces, async (first, second) => {
        const [left, right, whole] = await Promise.all([
          digestOf(algorithm, first),
          digestOf(algorithm, second),
          digestOf(algorithm, first, second),
        ]);
        expect(combineCrc(crcKinds[algorithm], left, right, second.length)).toEqual(whole);
      }),
    );
  });
});

describe('a checksum', () => {
  const algorithms: ChecksumAlgorithm[] = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'];

  it.each(algorithms)('of type %s is verified, stored and returned', async (algorithm) => {
    const Key = `sum-${algorithm}`;
    const field = `Checksum${algorithm}`;
    const sent: object = await s3.client.send(
      new PutObjectCommand({ Bucket, Key, Body: 'hello', ChecksumAlgorithm: algorithm }),
    );
    const head: object = await s3.client.send(
      new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }),
    );
    expect(Object(sent)[field]).toMatch(/^[A-Za-z0-9+/]+=*$/);
    expect(head).toMatchObject({ [field]: Object(sent)[field], ChecksumType: 'FULL_OBJECT' });
    const got = await s3.client.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
    expect(await got.Body?.transformToString()).toBe('hello');
    const bare: object = await s3.client.send(new HeadObjectCommand({ Bucket, Key }));
    expect(Object(bare)[field]).toBeUndefined();
  });

  it.each(['sha512', 'md5'])(
    'of type %s, which the SDK does not calculate, is verified and stored too',
    async (name) => {
      const header = `x-amz-checksum-${name}`;
      const send = (text: string) => {
        const headers = { [header]: createHash(name).update(text).digest('base64') };
        return sendSigned(s3.server, { method: 'PUT', path: `/${Bucket}/${name}`, headers, body: 'hello' });
      };
      expect(await codeOf(await send('other'))).toBe('BadDigest');
      expect((await send('hello')).status).toBe(200);
      const headers = { 'x-amz-checksum-mode': 'ENABLED' };
      const head = await sendSigned(s3.server, { method: 'HEAD', path: `/${Bucket}/${name}`, headers });
      expect(head.headers.get(header)).toBe(createHash(name).update('hello').digest('base64'));
    },
  );

  it.each([
    ['ChecksumCRC32', 'AAAAAA=='],
    ['ChecksumCRC32C', 'AAAAAA=='],
    ['ChecksumCRC64NVME', 'AAAAAAAAAAA='],
    ['ChecksumSHA1', createHash('sha1').update('other').digest('base64')],
    ['ChecksumSHA256', createHash('sha256').update('other').digest('base64')],
    ['ContentMD5', createHash('md5').update('other').digest('base64')],
  ])('%s that does not match the body is rejected', async (field, value) => {
    const input = { Bucket, Key: 'mismatch', Body: 'hello', [field]: value };
    expect(await failure(s3.client.send(new PutObjectCommand(input)))).toBe('BadDigest');
    expect(await failure(s3.client.send(new HeadObjectCommand({ Bucket, Key: 'mismatch' })))).toBe(
      'NotFound',
    );
  });

  it.each([
    ['x-amz-checksum-crc32', 'AAAA', 'InvalidRequest'],
    ['x-amz-checksum-sha256', 'not base64', 'InvalidRequest'],
    ['x-amz-checksum-crc31', 'AAAAAA==', 'InvalidRequest'],
    ['x-amz-checksum-xxhash64', 'AAAAAAAAAAA=', 'NotImplemented'],
    ['content-md5', 'AAAA', 'InvalidDigest'],
  ])('in header %s with value %s is rejected', async (name, value, code) => {
    const request = { method: 'PUT', path: `/${Bucket}/bad`, headers: { [name]: value }, body: 'hello' };
    expect(await codeOf(await sendSigned(s3.server, request))).toBe(code);
  });

  it('can be given only once', async () => {
    const crc = 'NhCmhg==';
    const headers = { 'x-amz-checksum-crc32': crc, 'x-amz-checksum-crc32c': crc };
    const request = { method: 'PUT', path: `/${Bucket}/two`, headers, body: 'hello' };
    expect(await codeOf(await sendSigned(s3.server, request))).toBe('InvalidRequest');
  });

  it('of a body other than the signed one is rejected', async () => {
    const headers = { 'x-amz-content-sha256': createHash('sha256').update('other').digest('hex') };
    const request = { method: 'PUT', path: `/${Bucket}/signed`, headers, body: 'hello' };
    expect(await codeOf(await sendSigned(s3.server, request))).toBe('XAmzContentSHA256Mismatch');
  });

  it('is copied with an object, or calculated again for the copy', async () => {
    await s3.client.send(
      new PutObjectCommand({ Bucket, Key: 'from', Body: 'hello', ChecksumAlgorithm: 'SHA1' }),
    );
    const copy = (more: object) =>
      s3.client.send(new CopyObjectCommand({ Bucket, Key: 'to', CopySource: `${Bucket}/from`, ...more }));
    const same = await copy({});
    expect(same.CopyObjectResult?.ChecksumSHA1).toBe(createHash('sha1').update('hello').digest('base64'));
    const other = await copy({ ChecksumAlgorithm: 'SHA256' });
    expect(other.CopyObjectResult?.ChecksumSHA256).toBe(
      createHash('sha256').update('hello').digest('base64'),
    );
    expect(other.CopyObjectResult?.ChecksumSHA1).toBeUndefined();
  });
});
