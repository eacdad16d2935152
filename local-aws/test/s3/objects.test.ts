import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUCKET, failure, sendSigned, useS3 } from './running-s3.ts';

const s3 = useS3();
const Bucket = BUCKET;

const put = (Key: string, Body: string, more: object = {}) =>
  s3.client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const read = async (Key: string, more: object = {}) => {
  const { Body } = await s3.client.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return await Body?.transformToString();
};
const status = (error: unknown) =>
  error instanceof Error && '$metadata' in error
    ? Object(error.$metadata).httpStatusCode
    : `no response: ${error}`;

describe('an object', () => {
  it('is returned with its data, type, headers and metadata', async () => {
    // Prepare
    const sent = {
      ContentType: 'text/csv; charset=utf-8',
      ContentDisposition: 'attachment; filename="a b.csv"',
      ContentLanguage: 'en',
      ContentEncoding: 'identity',
      CacheControl: 'no-store',
      Metadata: { owner: 'group 7', empty: '' },
    };
    // Act
    const { ETag } = await put('data/result.csv', 'a,b\n1,2\n', sent);
    const got = await s3.client.send(new GetObjectCommand({ Bucket, Key: 'data/result.csv' }));
    const head = await s3.client.send(new HeadObjectCommand({ Bucket, Key: 'data/result.csv' }));
    // Assess: the MD5 is from md5sum
    expect(ETag).toBe('"e5ebd4c02cefbe7955977c67ada242b7"');
    expect(await got.Body?.transformToString()).toBe('a,b\n1,2\n');
    expect(got).toMatchObject({ ...sent, ETag, ContentLength: 8, AcceptRanges: 'bytes' });
    expect(head).toMatchObject({ ...sent, ETag, ContentLength: 8 });
    expect(Math.abs(Date.now() - Number(head.LastModified))).toBeLessThan(60_000);
  });

  it('has the MD5 of its data as ETag, and a default type', async () => {
    await put('md5', 'hello');
    const head = await s3.client.send(new HeadObjectCommand({ Bucket, Key: 'md5' }));
    expect(head.ETag).toBe('"5d41402abc4b2a76b9719d911017c592"');
    expect(head.ContentType).toBe('application/octet-stream');
    const bare = await sendSigned(s3.server, {
      method: 'PUT',
      path: `/${Bucket}/bare`,
      body: new Uint8Array(3),
    });
    expect(bare.status).toBe(200);
    const { ContentType } = await s3.client.send(new HeadObjectCommand({ Bucket, Key: 'bare' }));
    expect(ContentType).toBe('binary/octet-stream');
  });

  it('can be empty', async () => {
    await put('empty', '');
    expect(await read('empty')).toBe('');
  });

  it('is replaced by a later one, and does not exist after it was deleted', async () => {
    await put('changing', 'first', { Metadata: { a: '1' } });
    await put('changing', 'second');
    const got = await s3.client.send(new GetObjectCommand({ Bucket, Key: 'changing' }));
    expect(await got.Body?.transformToString()).toBe('second');
    expect(got.Metadata).toEqual({});
    await s3.client.send(new DeleteObjectCommand({ Bucket, Key: 'changing' }));
    await s3.client.send(new DeleteObjectCommand({ Bucket, Key: 'changing' }));
    expect(await failure(read('changing'))).toBe('NoSuchKey');
    expect(await failure(s3.client.send(new HeadObjectCommand({ Bucket, Key: 'changing' })))).toBe(
      'NotFound',
    );
  });

  it('is not found in a bucket that does not exist', async () => {
    const call = s3.client.send(new GetObjectCommand({ Bucket: 'no-such-bucket', Key: 'x' }));
    expect(await failure(call)).toBe('NoSuchBucket');
  });
});

describe('keys', () => {
  it('can contain any character and are returned unchanged, also in lists', async () => {
    // Prepare
    const keys = [
      'odd/ leading and trailing ',
      'odd/a+b&c=d?e#f%20g;h:i@j,k$l!m\'n"o(p)q*r<s>t[u]v{w}x|y\\z^`~',
      'odd/Ünïcode/日本語/😀',
      'odd/line\nbreak\ttab\rreturn',
      'odd/..',
      'odd/../escape',
      'odd/./dot',
      'odd//double//slash//',
      'odd/%',
      'odd/CASE',
      'odd/case',
    ];
    // Act
    for (const key of keys) await put(key, `content of ${key}`);
    // Assess
    const contents = await Promise.all(keys.map((key) => read(key)));
    expect(contents).toEqual(keys.map((key) => `content of ${key}`));
    const list = await s3.client.send(new ListObjectsV2Command({ Bucket, Prefix: 'odd/' }));
    const listed = list.Contents?.map(({ Key }) => Key) ?? [];
    expect([...listed].sort()).toEqual([...keys].sort());
  });

  it('can coexist when one is the folder of another', async () => {
    await put('x', 'file');
    await put('x/', 'folder');
    await put('x/y', 'inside');
    expect([await read('x'), await read('x/'), await read('x/y')]).toEqual(['file', 'folder', 'inside']);
  });

  it('have at most 1,024 bytes of UTF-8', async () => {
    const longest = `${'k'.repeat(1022)}ü`;
    await put(longest, 'long');
    expect(await read(longest)).toBe('long');
    expect(await failure(put(`${longest}k`, 'too long'))).toBe('KeyTooLongError');
  });

  it('of any text and objects of any bytes are returned unchanged', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
        fc.uint8Array({ maxLength: 300 }),
        async (key, content) => {
          const Key = `any/${key}`;
          await s3.client.send(new PutObjectCommand({ Bucket, Key, Body: content }));
          const { Body } = await s3.client.send(new GetObjectCommand({ Bucket, Key }));
          expect(Buffer.from((await Body?.transformToByteArray()) ?? [])).toEqual(Buffer.from(content));
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('a read', () => {
  it('returns the requested range', async () => {
    await put('range', '0123456789');
    const range = async (Range: string) => {
      const got = await s3.client.send(new GetObjectCommand({ Bucket, Key: 'range', Range }));
      return [got.$metadata.httpStatusCode, got.ContentRange, await got.Body?.transformToString()];
    };
    expect(await range('bytes=2-4')).toEqual([206, 'bytes 2-4/10', '234']);
    expect(await range('bytes=7-')).toEqual([206, 'bytes 7-9/10', '789']);
    expect(await range('bytes=-3')).toEqual([206, 'bytes 7-9/10', '789']);
    expect(await range('bytes=-30')).toEqual([206, 'bytes 0-9/10', '0123456789']);
    expect(await range('bytes=8-99')).toEqual([206, 'bytes 8-9/10', '89']);
    expect(await range('bytes=5-4')).toEqual([200, undefined, '0123456789']);
    expect(await range('lines=1-2')).toEqual([200, undefined, '0123456789']);
  });

  it.each(['bytes=10-', 'bytes=10-12', 'bytes=-0'])('gets a 416 for %s of ten bytes', async (Range) => {
    await put('ten', '0123456789');
    const response = await sendSigned(s3.server, {
      method: 'GET',
      path: `/${Bucket}/ten`,
      headers: { range: Range },
    });
    expect(response.status).toBe(416);
    expect(response.headers.get('content-range')).toBe('bytes */10');
    expect(await response.text()).toContain('<Code>InvalidRange</Code>');
  });

  it('observes its conditions', async () => {
    const { ETag } = await put('conditional', 'content');
    const head = await s3.client.send(new HeadObjectCommand({ Bucket, Key: 'conditional' }));
    const earlier = new Date(Number(head.LastModified) - 5000);
    const outcome = (more: object) => read('conditional', more).catch(status);
    expect(await outcome({ IfMatch: ETag })).toBe('content');
    expect(await outcome({ IfMatch: '"other"' })).toBe(412);
    expect(await outcome({ IfNoneMatch: ETag })).toBe(304);
    expect(await outcome({ IfNoneMatch: '"other"' })).toBe('content');
    expect(await outcome({ IfModifiedSince: head.LastModified })).toBe(304);
    expect(await outcome({ IfModifiedSince: earlier })).toBe('content');
    expect(await outcome({ IfUnmodifiedSince: earlier })).toBe(412);
    expect(await outcome({ IfUnmodifiedSince: head.LastModified })).toBe('content');
    expect(await outcome({ IfMatch: ETag, IfUnmodifiedSince: earlier })).toBe('content');
    expect(await outcome({ IfNoneMatch: '"other"', IfModifiedSince: head.LastModified })).toBe('content');
  });

  it('returns headers from the query', async () => {
    await put('override', 'content', { ContentType: 'text/plain' });
    const got = await s3.client.send(
      new GetObjectCommand({
        Bucket,
        Key: 'override',
        ResponseContentType: 'application/json',
        ResponseContentDisposition: 'attachment; filename="x y.json"',
        ResponseCacheControl: 'private',
      }),
    );
    expect(got.ContentType).toBe('application/json');
    expect(got.ContentDisposition).toBe('attachment; filename="x y.json"');
    expect(got.CacheControl).toBe('private');
  });

  it('rejects a line break in a header from the query', async () => {
    const ResponseContentType = 'text/plain\r\nx-injected: 1';
    expect(await failure(read('override', { ResponseContentType }))).toBe('InvalidArgument');
  });
});

describe('a conditional write', () => {
  it('does not replace an existing object with If-None-Match', async () => {
    await put('once', 'first', { IfNoneMatch: '*' });
    expect(await failure(put('once', 'second', { IfNoneMatch: '*' }))).toBe('PreconditionFailed');
    expect(await read('once')).toBe('first');
  });

  it('lets exactly one of many concurrent creations succeed', async () => {
    const racers = Array.from({ length: 8 }, (_, index) => put('race', String(index), { IfNoneMatch: '*' }));
    const outcomes = await Promise.all(racers.map(failure));
    expect(outcomes.filter((outcome) => outcome === 'succeeded')).toHaveLength(1);
    expect(await read('race')).toBe(String(outcomes.indexOf('succeeded')));
  });

  it('replaces only the version of its If-Match', async () => {
    const { ETag } = await put('version', 'first');
    await put('version', 'second', { IfMatch: ETag });
    expect(await failure(put('version', 'third', { IfMatch: ETag }))).toBe('PreconditionFailed');
    expect(await failure(put('nothing there', 'x', { IfMatch: ETag }))).toBe('NoSuchKey');
    const remove = s3.client.send(new DeleteObjectCommand({ Bucket, Key: 'version', IfMatch: ETag }));
    expect(await failure(remove)).toBe('PreconditionFailed');
    expect(await read('version')).toBe('second');
  });
});
