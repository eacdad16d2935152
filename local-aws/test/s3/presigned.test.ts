import { createHash } from 'node:crypto';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { BUCKET, codeOf, failure, presign, useS3 } from './running-s3.ts';

const Bucket = BUCKET;
const path = `/${Bucket}/linked/a%20b%2Bc`;
const Key = 'linked/a b+c';
const s3 = useS3();
beforeAll(async () => {
  await s3.client.send(new PutObjectCommand({ Bucket, Key, Body: 'linked content' }));
});

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000);

describe('a link for reading', () => {
  it('returns the object, with the requested headers and range', async () => {
    const query = { 'response-content-disposition': "attachment; filename*=UTF-8''%C3%BC.txt" };
    const response = await fetch(await presign(s3.server, path, { query }), {
      headers: { range: 'bytes=0-5' },
    });
    expect(response.status).toBe(206);
    expect(await response.text()).toBe('linked');
    expect(response.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''%C3%BC.txt");
  });

  it('is valid until it expires', async () => {
    const valid = await presign(s3.server, path, { expiresIn: 60, signingDate: ago(30) });
    const expired = await presign(s3.server, path, { expiresIn: 60, signingDate: ago(61) });
    const early = await presign(s3.server, path, { expiresIn: 60, signingDate: ago(-3600) });
    expect((await fetch(valid)).status).toBe(200);
    expect(await codeOf(await fetch(expired))).toBe('AccessDenied');
    expect(await codeOf(await fetch(early))).toBe('AccessDenied');
  });

  it('is rejected for another key, method, parameter or expiry', async () => {
    const url = await presign(s3.server, path);
    await s3.client.send(new PutObjectCommand({ Bucket, Key: 'linked/other', Body: 'x' }));
    const tampered = [
      url.replace('a%20b%2Bc', 'other'),
      url.replace('X-Amz-Expires=900', 'X-Amz-Expires=9000'),
      `${url}&response-content-type=text%2Fhtml`,
    ];
    const codes = await Promise.all(tampered.map(async (each) => codeOf(await fetch(each))));
    expect(codes).toEqual(tampered.map(() => 'SignatureDoesNotMatch'));
    for (const method of ['PUT', 'DELETE']) {
      const body = method === 'PUT' ? { body: 'x' } : {};
      expect(await codeOf(await fetch(url, { method, ...body }))).toBe('SignatureDoesNotMatch');
    }
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(403);
  });

  it('signed with a wrong secret is rejected', async () => {
    const url = await presign(s3.server, path, { secretAccessKey: 'wrong' });
    expect(await codeOf(await fetch(url))).toBe('SignatureDoesNotMatch');
  });

  it('is rejected with an unsigned x-amz header or a second signature', async () => {
    const url = await presign(s3.server, path);
    const extra = await fetch(url, { headers: { 'x-amz-meta-a': '1' } });
    expect(await codeOf(extra)).toBe('AccessDenied');
    const twice = await fetch(url, { headers: { authorization: 'AWS4-HMAC-SHA256 Credential=x' } });
    expect(await codeOf(twice)).toBe('InvalidArgument');
  });
});

describe('a link for writing', () => {
  const target = `/${Bucket}/written`;
  const head = () => s3.client.send(new HeadObjectCommand({ Bucket, Key: 'written' }));

  it('accepts a body with the signed content type', async () => {
    const headers = { 'content-type': 'text/csv' };
    const url = await presign(s3.server, target, { method: 'PUT', headers });
    const html = await fetch(url, { method: 'PUT', headers: { 'content-type': 'text/html' }, body: 'a,b' });
    expect(await codeOf(html)).toBe('SignatureDoesNotMatch');
    const csv = await fetch(url, { method: 'PUT', headers, body: 'a,b' });
    expect(csv.status).toBe(200);
    expect(await head()).toMatchObject({ ContentType: 'text/csv', ContentLength: 3 });
  });

  it('rejects a body of another length than the signed one', async () => {
    const headers = { 'content-length': '3' };
    const url = await presign(s3.server, target, { method: 'PUT', headers });
    expect((await fetch(url, { method: 'PUT', body: 'abc' })).status).toBe(200);
    expect(await codeOf(await fetch(url, { method: 'PUT', body: 'abcd' }))).toBe('SignatureDoesNotMatch');
  });

  it.each([
    ['header', 'unhoistable'],
    ['query', 'hoisted'],
  ])('rejects a body that does not match a checksum in its %s', async (location) => {
    const sha256 = createHash('sha256').update('right').digest('base64');
    const checksum = { 'x-amz-checksum-sha256': sha256 };
    const link = location === 'header' ? { headers: checksum } : { query: checksum };
    const url = await presign(s3.server, target, { method: 'PUT', ...link });
    const headers: Record<string, string> = location === 'header' ? checksum : {};
    expect(await codeOf(await fetch(url, { method: 'PUT', headers, body: 'wrong' }))).toBe('BadDigest');
    expect((await fetch(url, { method: 'PUT', headers, body: 'right' })).status).toBe(200);
    if (location === 'header') {
      expect(await codeOf(await fetch(url, { method: 'PUT', body: 'right' }))).toBe('SignatureDoesNotMatch');
    }
  });

  it('stores the metadata that moved to its query', async () => {
    const query = { 'x-amz-meta-group': 'g1' };
    const url = await presign(s3.server, target, { method: 'PUT', query });
    expect((await fetch(url, { method: 'PUT', body: 'x' })).status).toBe(200);
    const { Metadata } = await s3.client.send(new GetObjectCommand({ Bucket, Key: 'written' }));
    expect(Metadata).toEqual({ group: 'g1' });
  });

  it('does not replace an existing object with a signed If-None-Match', async () => {
    const headers = { 'if-none-match': '*' };
    const url = await presign(s3.server, `/${Bucket}/fresh`, { method: 'PUT', headers });
    expect((await fetch(url, { method: 'PUT', headers, body: 'x' })).status).toBe(200);
    const again = await fetch(url, { method: 'PUT', headers, body: 'y' });
    expect(await codeOf(again)).toBe('PreconditionFailed');
  });

  it('stores nothing after it expired', async () => {
    const url = await presign(s3.server, `/${Bucket}/late`, {
      method: 'PUT',
      expiresIn: 1,
      signingDate: ago(2),
    });
    expect(await codeOf(await fetch(url, { method: 'PUT', body: 'x' }))).toBe('AccessDenied');
    const late = s3.client.send(new HeadObjectCommand({ Bucket, Key: 'late' }));
    expect(await failure(late)).toBe('NotFound');
  });
});
