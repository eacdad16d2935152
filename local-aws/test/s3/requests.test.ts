import { request } from 'node:http';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { BUCKET, clientOf, failure, KEYS, presign, sendSigned, useS3 } from './running-s3.ts';

const s3 = useS3();
const Bucket = BUCKET;

const put = (Key: string, Body: string, more: object = {}) =>
  s3.client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const read = async (Key: string, more: object = {}) => {
  const { Body } = await s3.client.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return await Body?.transformToString();
};

describe('a request', () => {
  it('without a signature is rejected', async () => {
    await put('private', 'secret');
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) {
      const body = method === 'PUT' ? { body: 'x' } : {};
      const response = await fetch(`${s3.server.endpoint}/${Bucket}/private`, { method, ...body });
      expect(response.status).toBe(403);
    }
    expect((await fetch(s3.server.endpoint)).status).toBe(403);
    expect(await read('private')).toBe('secret');
  });

  it('signed with a wrong secret or an unknown key is rejected', async () => {
    const wrong = clientOf(s3.server, { credentials: { ...KEYS, secretAccessKey: 'wrong' } });
    const unknown = clientOf(s3.server, { credentials: { accessKeyId: 'AKIDX', secretAccessKey: 'x' } });
    const get = new GetObjectCommand({ Bucket, Key: 'private' });
    expect(await failure(wrong.send(get))).toBe('SignatureDoesNotMatch');
    expect(await failure(unknown.send(get))).toBe('InvalidAccessKeyId');
    expect(await failure(wrong.send(new PutObjectCommand({ Bucket, Key: 'w', Body: 'x' })))).toBe(
      'SignatureDoesNotMatch',
    );
  });

  it('for an unsupported feature of S3 is rejected with NotImplemented', async () => {
    const responses = await Promise.all(
      ['acl', 'versioning', 'tagging', 'policy'].map((name) =>
        sendSigned(s3.server, { method: 'GET', path: `/${Bucket}`, query: { [name]: '' } }),
      ),
    );
    expect(responses.map(({ status }) => status)).toEqual([501, 501, 501, 501]);
    expect(await failure(put('locked', 'x', { ObjectLockLegalHoldStatus: 'ON' }))).toBe('NotImplemented');
    expect(await failure(put('glacier', 'x', { StorageClass: 'GLACIER' }))).toBe('NotImplemented');
    expect(await failure(put('public', 'x', { ACL: 'public-read' }))).toBe('AccessControlListNotSupported');
  });

  it('is reported with its signer and its operation', async () => {
    s3.events.length = 0;
    await put('reported', 'x');
    await failure(read('not there'));
    expect(s3.events).toEqual([
      {
        accessKeyId: 'AKIDLOCALTEST',
        operation: 'PutObject',
        bucket: Bucket,
        key: 'reported',
        presigned: false,
        status: 200,
      },
      {
        accessKeyId: 'AKIDLOCALTEST',
        operation: 'GetObject',
        bucket: Bucket,
        key: 'not there',
        presigned: false,
        status: 404,
      },
    ]);
    expect(s3.errors).toEqual([]);
  });

  it('with more than 2 KB of metadata is rejected', async () => {
    expect(await failure(put('m', 'x', { Metadata: { a: 'v'.repeat(2047) } }))).toBe('succeeded');
    expect(await failure(put('m', 'x', { Metadata: { a: 'v'.repeat(2048) } }))).toBe('MetadataTooLarge');
  });

  it('with a malformed path gets a 400', async () => {
    const response = await fetch(`${s3.server.endpoint}/${Bucket}/%ff`);
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('InvalidURI');
  });

  it('that is rejected during a large body still gets its response', async () => {
    const Body = Buffer.alloc(12 * 1024 * 1024);
    const wrong = clientOf(s3.server, { credentials: { ...KEYS, secretAccessKey: 'wrong' } });
    const upload = new PutObjectCommand({ Bucket, Key: 'large', Body });
    expect(await failure(wrong.send(upload))).toBe('SignatureDoesNotMatch');
    wrong.destroy();
    const url = `${s3.server.endpoint}/${Bucket}/large`;
    expect((await fetch(url, { method: 'PUT', body: Body })).status).toBe(403);
  });

  it('that waits for 100 Continue gets it only when its body is needed', async () => {
    const send = async (link: string) => {
      const outgoing = request(link, {
        method: 'PUT',
        headers: { expect: '100-continue', 'content-length': '4' },
      });
      const seen: (string | number)[] = [];
      outgoing.on('continue', () => {
        seen.push('continue');
        outgoing.end('body');
      });
      const status = new Promise<number>((resolve, reject) => {
        outgoing.on('response', (response) => resolve(response.resume().statusCode ?? 0));
        outgoing.on('error', reject);
      });
      outgoing.flushHeaders();
      seen.push(await status);
      outgoing.destroy();
      return seen;
    };
    const url = await presign(s3.server, `/${Bucket}/waits`, { method: 'PUT' });
    expect(await send(url)).toEqual(['continue', 200]);
    expect(await send(url.replace('Expires=900', 'Expires=901'))).toEqual([403]);
  });
});
