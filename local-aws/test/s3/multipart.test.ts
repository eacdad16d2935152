import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { partUploads } from './part-upload.ts';
import { BUCKET, codeOf, failure, presign, sendSigned, useS3 } from './running-s3.ts';

const MIB = 1024 * 1024;
const Bucket = BUCKET;
const s3 = useS3();

const { create, upload, complete } = partUploads(() => s3.client);
const pattern = (size: number, seed: number) => Buffer.alloc(size, `part ${seed} `);
const md5 = (data: Uint8Array) => createHash('md5').update(data).digest();
const etagOf = (bodies: readonly Uint8Array[]) =>
  `"${md5(Buffer.concat(bodies.map(md5))).toString('hex')}-${bodies.length}"`;

describe('a multipart upload', () => {
  it('becomes one object with the data and ETag of its parts and the headers of its creation', async () => {
    // Prepare
    const bodies = [pattern(5 * MIB, 1), pattern(6 * MIB + 1, 2), pattern(3, 3)];
    const Key = 'large/ü +.bin';
    const UploadId = await create(Key, { ContentType: 'text/x', Metadata: { a: '1' } });
    // Act
    const parts = await upload(Key, UploadId, bodies);
    expect(await failure(s3.client.send(new HeadObjectCommand({ Bucket, Key })))).toBe('NotFound');
    const result = await complete(Key, UploadId, parts);
    // Assess
    const got = await s3.client.send(new GetObjectCommand({ Bucket, Key }));
    const data = Buffer.from((await got.Body?.transformToByteArray()) ?? []);
    expect(data.equals(Buffer.concat(bodies))).toBe(true);
    expect(got).toMatchObject({ ContentType: 'text/x', Metadata: { a: '1' }, ETag: etagOf(bodies) });
    expect(result).toMatchObject({ Bucket, Key, ETag: etagOf(bodies) });
    const across = { Bucket, Key, Range: `bytes=${5 * MIB - 4}-${5 * MIB + 3}` };
    const range = await s3.client.send(new GetObjectCommand(across));
    expect(await range.Body?.transformToString()).toBe(
      Buffer.concat(bodies).toString('utf8', 5 * MIB - 4, 5 * MIB + 4),
    );
    expect(await failure(complete(Key, UploadId, parts))).toBe('NoSuchUpload');
  });

  it('accepts a part again, and can be completed without some parts', async () => {
    const UploadId = await create('again');
    await upload('again', UploadId, [pattern(10, 1), pattern(10, 2)]);
    const [first] = await upload('again', UploadId, [pattern(10, 3)]);
    await complete('again', UploadId, [first ?? {}]);
    const got = await s3.client.send(new GetObjectCommand({ Bucket, Key: 'again' }));
    expect(await got.Body?.transformToString()).toBe(pattern(10, 3).toString());
  });

  it('cannot be completed with a wrong list of parts', async () => {
    const UploadId = await create('wrong');
    const [one = {}, two = {}] = await upload('wrong', UploadId, [pattern(10, 1), pattern(10, 2)]);
    const attempt = (parts: CompletedPart[]) => failure(complete('wrong', UploadId, parts));
    expect(await attempt([one, two])).toBe('EntityTooSmall');
    expect(await attempt([two, one])).toBe('InvalidPartOrder');
    expect(await attempt([one, one])).toBe('InvalidPartOrder');
    expect(await attempt([{ ...one, ETag: '"00"' }])).toBe('InvalidPart');
    expect(await attempt([{ ...one, PartNumber: 3 }])).toBe('InvalidPart');
    expect(await attempt([])).toBe('MalformedXML');
    expect(await attempt([one])).toBe('succeeded');
  });

  it('does not exist after it was aborted', async () => {
    const UploadId = await create('aborted');
    await upload('aborted', UploadId, [pattern(10, 1)]);
    const abort = () => s3.client.send(new AbortMultipartUploadCommand({ Bucket, Key: 'aborted', UploadId }));
    await abort();
    expect(await failure(abort())).toBe('NoSuchUpload');
    expect(await failure(upload('aborted', UploadId, [pattern(10, 1)]))).toBe('NoSuchUpload');
    const list = s3.client.send(new ListPartsCommand({ Bucket, Key: 'aborted', UploadId }));
    expect(await failure(list)).toBe('NoSuchUpload');
  });

  it('cannot be used with another key', async () => {
    const UploadId = await create('mine');
    expect(await failure(upload('yours', UploadId, [pattern(10, 1)]))).toBe('NoSuchUpload');
  });

  it.each(['0', '10001', 'x', ''])('rejects part number "%s"', async (partNumber) => {
    const uploadId = await create('numbers');
    const request = { method: 'PUT', path: `/${Bucket}/numbers`, query: { partNumber, uploadId }, body: 'x' };
    expect(await codeOf(await sendSigned(s3.server, request))).toBe('InvalidArgument');
  });

  it('does not replace an existing object with If-None-Match', async () => {
    const UploadId = await create('exists');
    const parts = await upload('exists', UploadId, [pattern(10, 1)]);
    await s3.client.send(new PutObjectCommand({ Bucket, Key: 'exists', Body: 'x' }));
    expect(await failure(complete('exists', UploadId, parts, { IfNoneMatch: '*' }))).toBe(
      'PreconditionFailed',
    );
    expect(await failure(complete('exists', UploadId, parts, { MpuObjectSize: 11 }))).toBe('InvalidRequest');
    expect(await failure(complete('exists', UploadId, parts, { MpuObjectSize: 10 }))).toBe('succeeded');
  });

  it('accepts parts through presigned links', async () => {
    const uploadId = await create('linked');
    const link = { method: 'PUT', query: { partNumber: '1', uploadId } };
    const url = await presign(s3.server, `/${Bucket}/linked`, link);
    const response = await fetch(url, { method: 'PUT', body: 'through a link' });
    expect(response.status).toBe(200);
    const other = url.replace('partNumber=1', 'partNumber=2');
    expect(await codeOf(await fetch(other, { method: 'PUT', body: 'x' }))).toBe('SignatureDoesNotMatch');
    await complete('linked', uploadId, [{ PartNumber: 1, ETag: response.headers.get('etag') ?? '' }]);
    const got = await s3.client.send(new GetObjectCommand({ Bucket, Key: 'linked' }));
    expect(await got.Body?.transformToString()).toBe('through a link');
  });
});

describe('parts copied from objects', () => {
  it('contain the whole source or a range of it', async () => {
    const body = pattern(6 * MIB, 9);
    await s3.client.send(new PutObjectCommand({ Bucket, Key: 'source', Body: body }));
    const UploadId = await create('assembled');
    const copy = (PartNumber: number, CopySourceRange?: string) =>
      s3.client.send(
        new UploadPartCopyCommand({
          Bucket,
          Key: 'assembled',
          UploadId,
          PartNumber,
          CopySource: `${Bucket}/source`,
          ...(CopySourceRange ? { CopySourceRange } : {}),
        }),
      );
    const whole = await copy(1);
    const stretch = await copy(2, 'bytes=10-29');
    expect(stretch.CopyPartResult?.ETag).toBe(`"${md5(body.subarray(10, 30)).toString('hex')}"`);
    expect(await failure(copy(3, `bytes=0-${6 * MIB}`))).toBe('InvalidRange');
    expect(await failure(copy(3, 'bytes=5-'))).toBe('InvalidArgument');
    await complete('assembled', UploadId, [
      { PartNumber: 1, ETag: whole.CopyPartResult?.ETag },
      { PartNumber: 2, ETag: stretch.CopyPartResult?.ETag },
    ]);
    const got = await s3.client.send(new GetObjectCommand({ Bucket, Key: 'assembled' }));
    const data = Buffer.from((await got.Body?.transformToByteArray()) ?? []);
    expect(data.equals(Buffer.concat([body, body.subarray(10, 30)]))).toBe(true);
  });
});

describe('lists of uploads and parts', () => {
  it('return unfinished uploads in pages', async () => {
    // Prepare
    const ids: string[] = [];
    for (const key of ['under/b', 'under/a', 'under/a', 'under/a', 'upper']) {
      ids.push(`${key} ${await create(key)}`);
    }
    // Act
    const found: string[] = [];
    let marker: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } = {};
    do {
      const page = await s3.client.send(
        new ListMultipartUploadsCommand({ Bucket, Prefix: 'under/', MaxUploads: 1, ...marker }),
      );
      found.push(...(page.Uploads ?? []).map(({ Key, UploadId }) => `${Key} ${UploadId}`));
      marker = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
    } while (marker.KeyMarker !== undefined);
    // Assess
    expect([...found].sort()).toEqual(ids.filter((id) => id.startsWith('under/')).sort());
    expect(found[3]).toContain('under/b');
  });

  it('return the parts of an upload in pages', async () => {
    const UploadId = await create('parts');
    await upload('parts', UploadId, [pattern(1, 1), pattern(2, 2), pattern(3, 3)]);
    const call = (more: object) =>
      s3.client.send(new ListPartsCommand({ Bucket, Key: 'parts', UploadId, ...more }));
    const first = await call({ MaxParts: 2 });
    expect(first.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect([first.IsTruncated, first.NextPartNumberMarker]).toEqual([true, '2']);
    const second = await call({ PartNumberMarker: '2' });
    expect(second.Parts?.map(({ PartNumber }) => PartNumber)).toEqual([3]);
    expect([second.IsTruncated, second.NextPartNumberMarker]).toEqual([false, '3']);
    const third = await call({ PartNumberMarker: '3' });
    expect([third.Parts, third.IsTruncated, third.NextPartNumberMarker]).toEqual([undefined, false, '0']);
  });
});
