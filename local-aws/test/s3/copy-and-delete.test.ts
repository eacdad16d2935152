import { createHash } from 'node:crypto';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { BUCKET, failure, sendSigned, useS3 } from './running-s3.ts';

const s3 = useS3();
const Bucket = BUCKET;

const put = (Key: string, Body: string, more: object = {}) =>
  s3.client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));

describe('a copy', () => {
  const copy = (Key: string, CopySource: string, more: object = {}) =>
    s3.client.send(new CopyObjectCommand({ Bucket, Key, CopySource, ...more }));

  it('has the data, headers and ETag of its source, and is kept after the source is deleted', async () => {
    const Key = 'source of copy/ü +%';
    const { ETag } = await put(Key, 'copied', { ContentType: 'text/x', Metadata: { a: '1' } });
    const result = await copy('copy', `${Bucket}/${encodeURIComponent(Key)}`);
    await s3.client.send(new DeleteObjectCommand({ Bucket, Key }));
    const got = await s3.client.send(new GetObjectCommand({ Bucket, Key: 'copy' }));
    expect(await got.Body?.transformToString()).toBe('copied');
    expect(got).toMatchObject({ ContentType: 'text/x', Metadata: { a: '1' }, ETag });
    expect(result.CopyObjectResult?.ETag).toBe(ETag);
  });

  it('accepts other headers with REPLACE, also onto itself', async () => {
    await put('self', 'self', { Metadata: { a: '1' } });
    expect(await failure(copy('self', `/${Bucket}/self`))).toBe('InvalidRequest');
    await copy('self', `/${Bucket}/self`, { MetadataDirective: 'REPLACE', Metadata: { b: '2' } });
    const got = await s3.client.send(new GetObjectCommand({ Bucket, Key: 'self' }));
    expect(await got.Body?.transformToString()).toBe('self');
    expect(got.Metadata).toEqual({ b: '2' });
  });

  it('observes conditions, and fails when the source does not exist', async () => {
    const { ETag } = await put('conditional source', 'x');
    const source = `${Bucket}/conditional%20source`;
    expect(await failure(copy('c', source, { CopySourceIfMatch: '"other"' }))).toBe('PreconditionFailed');
    expect(await failure(copy('c', source, { CopySourceIfNoneMatch: ETag }))).toBe('PreconditionFailed');
    expect(await failure(copy('c', `${Bucket}/nothing`))).toBe('NoSuchKey');
    expect(await failure(copy('c', 'no-such-bucket/x'))).toBe('NoSuchBucket');
    expect(await failure(copy('c', source, { CopySourceIfMatch: ETag }))).toBe('succeeded');
  });
});

describe('DeleteObjects', () => {
  it('removes the listed keys and returns them, except in quiet mode', async () => {
    const keys = ['many/a & b', 'many/<c>', 'many/ d ', "many/'e'", 'many/\r\n'];
    for (const key of keys) await put(key, 'x');
    const Objects = [...keys, 'many/never there'].map((Key) => ({ Key }));
    const result = await s3.client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(result.Deleted?.map(({ Key }) => Key)).toEqual(Objects.map(({ Key }) => Key));
    const list = await s3.client.send(new ListObjectsV2Command({ Bucket, Prefix: 'many/' }));
    expect(list.KeyCount).toBe(0);
    const quiet = await s3.client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
    );
    expect(quiet.Deleted).toBeUndefined();
  });

  it('accepts at most 1,000 keys', async () => {
    const Objects = Array.from({ length: 1001 }, (_, index) => ({ Key: `k${index}` }));
    const call = (count: number) =>
      s3.client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: Objects.slice(0, count) } }));
    expect(await failure(call(1000))).toBe('succeeded');
    expect(await failure(call(1001))).toBe('MalformedXML');
  });

  it.each([
    ['no document', 'nonsense'],
    ['a document type', '<!DOCTYPE d [<!ENTITY e "x">]><Delete><Object><Key>&e;</Key></Object></Delete>'],
    ['an unknown entity', '<Delete><Object><Key>&e;</Key></Object></Delete>'],
    ['an empty list', '<Delete></Delete>'],
    ['another root', '<Remove><Object><Key>k</Key></Object></Remove>'],
  ])('rejects %s', async (_name, body) => {
    const md5 = createHash('md5').update(body).digest('base64');
    const response = await sendSigned(s3.server, {
      method: 'POST',
      path: `/${Bucket}`,
      query: { delete: '' },
      headers: { 'content-md5': md5 },
      body,
    });
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('MalformedXML')]);
  });
});
