import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUCKET, codeOf, failure, sendSigned, useS3 } from './running-s3.ts';

const s3 = useS3();
let buckets = 0;

/** Creates a bucket with empty objects under these keys. */
async function bucketOf(keys: readonly string[]): Promise<string> {
  const Bucket = `list-${buckets++}`;
  await s3.client.send(new CreateBucketCommand({ Bucket }));
  await Promise.all(keys.map((Key) => s3.client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))));
  return Bucket;
}

/** Returns all pages: keys, and common prefixes in angle brackets, page by page. */
async function pages(input: ListObjectsV2CommandInput): Promise<string[][]> {
  const all: string[][] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await s3.client.send(
      new ListObjectsV2Command({ ...input, ...(ContinuationToken ? { ContinuationToken } : {}) }),
    );
    const keys = (page.Contents ?? []).map(({ Key }) => Key ?? '');
    const prefixes = (page.CommonPrefixes ?? []).map(({ Prefix }) => `<${Prefix}>`);
    expect(page.KeyCount).toBe(keys.length + prefixes.length);
    expect(page.IsTruncated).toBe(page.NextContinuationToken !== undefined);
    all.push([...keys, ...prefixes]);
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  return all;
}

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

describe('a list of objects', () => {
  it('is in the order of UTF-8, not of UTF-16', async () => {
    // U+1F600 comes after U+FF61 in UTF-8, before it in UTF-16.
    const Bucket = await bucketOf(['😀', '｡', 'b', 'B', 'a/', 'a', 'a!', 'é', '\u0001']);
    const [page] = await pages({ Bucket });
    expect(page).toEqual(['\u0001', 'B', 'a', 'a!', 'a/', 'b', 'é', '｡', '😀']);
  });

  it('contains size, ETag and time of each object', async () => {
    const Bucket = await bucketOf(['one']);
    const { Contents } = await s3.client.send(new ListObjectsV2Command({ Bucket }));
    expect(Contents).toMatchObject([{ Key: 'one', Size: 1, ETag: '"9dd4e461268c8034f5c8564e155c67a6"' }]);
    expect(Math.abs(Date.now() - Number(Contents?.[0]?.LastModified))).toBeLessThan(60_000);
  });

  it('has pages of at most 1,000 entries, whatever the request', async () => {
    const keys = Array.from({ length: 1003 }, (_, index) => `k${String(index).padStart(5, '0')}`);
    const Bucket = await bucketOf(keys);
    const all = await pages({ Bucket, MaxKeys: 5000 });
    expect(all.map((page) => page.length)).toEqual([1000, 3]);
    expect(all.flat()).toEqual(keys);
    expect((await pages({ Bucket, MaxKeys: 501 })).map((page) => page.length)).toEqual([501, 501, 1]);
    expect(await pages({ Bucket, MaxKeys: 0 })).toEqual([[]]);
  });

  it('groups keys with a common prefix', async () => {
    const Bucket = await bucketOf(['a', 'a/1', 'a/2', 'a/b/3', 'b/1', 'c', 'd//1']);
    expect((await pages({ Bucket, Delimiter: '/' })).flat()).toEqual(['a', 'c', '<a/>', '<b/>', '<d/>']);
    expect((await pages({ Bucket, Delimiter: '/', Prefix: 'a/' })).flat()).toEqual(['a/1', 'a/2', '<a/b/>']);
    expect((await pages({ Bucket, Delimiter: '/', Prefix: 'd/' })).flat()).toEqual(['<d//>']);
    expect((await pages({ Bucket, Prefix: 'a/' })).flat()).toEqual(['a/1', 'a/2', 'a/b/3']);
    expect(await pages({ Bucket, Delimiter: '/', MaxKeys: 1 })).toEqual([
      ['a'],
      ['<a/>'],
      ['<b/>'],
      ['c'],
      ['<d/>'],
    ]);
  });

  it('starts after a given key', async () => {
    const Bucket = await bucketOf(['a', 'b/1', 'b/2', 'c']);
    expect((await pages({ Bucket, StartAfter: 'a' })).flat()).toEqual(['b/1', 'b/2', 'c']);
    expect((await pages({ Bucket, StartAfter: 'b/1', Delimiter: '/' })).flat()).toEqual(['c', '<b/>']);
    expect((await pages({ Bucket, StartAfter: 'b/2', Delimiter: '/' })).flat()).toEqual(['c']);
    expect((await pages({ Bucket, StartAfter: 'z' })).flat()).toEqual([]);
    expect((await pages({ Bucket, StartAfter: 'a', Prefix: 'b/' })).flat()).toEqual(['b/1', 'b/2']);
    expect((await pages({ Bucket, StartAfter: 'c', Prefix: 'b/' })).flat()).toEqual([]);
  });

  it('encodes names on request', async () => {
    const Bucket = await bucketOf(['a b/ü&']);
    const input = { Bucket, EncodingType: 'url' as const, Prefix: 'a b' };
    const { Contents, Prefix } = await s3.client.send(new ListObjectsV2Command(input));
    expect([Prefix, Contents?.[0]?.Key]).toEqual(['a%20b', 'a%20b/%C3%BC%26']);
  });

  it('contains the results of a plain filter for any keys, prefix, delimiter and page size', async () => {
    const key = fc.array(fc.constantFrom('a', 'b', '/', '-', 'é', '😀'), { minLength: 1, maxLength: 6 });
    const text = (parts: string[]) => parts.join('');
    const some = fc.array(fc.constantFrom('a', 'b', '/', 'é'), { maxLength: 2 }).map(text);
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(key.map(text), { maxLength: 25 }),
        some,
        fc.constantFrom('', '/', 'a', '//'),
        some,
        fc.integer({ min: 1, max: 7 }),
        async (keys, Prefix, Delimiter, StartAfter, MaxKeys) => {
          // Prepare
          const Bucket = await bucketOf(keys);
          const expected: string[] = [];
          for (const each of keys.filter((one) => byBytes(one, StartAfter) > 0).sort(byBytes)) {
            if (!each.startsWith(Prefix)) continue;
            const end = Delimiter === '' ? -1 : each.indexOf(Delimiter, Prefix.length);
            const entry = end < 0 ? each : `<${each.slice(0, end + Delimiter.length)}>`;
            if (!expected.includes(entry)) expected.push(entry);
          }
          // Act
          const found = await pages({ Bucket, Prefix, Delimiter, StartAfter, MaxKeys });
          // Assess
          expect(found.flat().sort(byBytes)).toEqual(expected.sort(byBytes));
          expect(found.slice(0, -1).every((page) => page.length === MaxKeys)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('rejects a foreign token, a page size that is not a number, and version 1 of the API', async () => {
    const call = s3.client.send(
      new ListObjectsV2Command({ Bucket: BUCKET, ContinuationToken: 'bm9uc2Vuc2U' }),
    );
    expect(await failure(call)).toBe('InvalidArgument');
    const path = `/${BUCKET}`;
    const query = { 'list-type': '2', 'max-keys': '-1' };
    expect(await codeOf(await sendSigned(s3.server, { method: 'GET', path, query }))).toBe('InvalidArgument');
    expect((await sendSigned(s3.server, { method: 'GET', path })).status).toBe(501);
  });
});

describe('a list of versions', () => {
  it('contains one version of each object, null, by which the object can be deleted', async () => {
    const Bucket = await bucketOf(['a', 'b', 'c']);

    const first = await s3.client.send(new ListObjectVersionsCommand({ Bucket, MaxKeys: 2 }));
    const second = await s3.client.send(
      new ListObjectVersionsCommand({
        Bucket,
        KeyMarker: first.NextKeyMarker,
        VersionIdMarker: first.NextVersionIdMarker,
      }),
    );
    const Objects = [...(first.Versions ?? []), ...(second.Versions ?? [])].map(({ Key, VersionId }) => ({
      Key,
      VersionId,
    }));
    await s3.client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));

    expect(Objects).toEqual(['a', 'b', 'c'].map((Key) => ({ Key, VersionId: 'null' })));
    expect(second.IsTruncated).toBe(false);
    expect((await s3.client.send(new ListObjectVersionsCommand({ Bucket }))).Versions).toBeUndefined();
  });
});
