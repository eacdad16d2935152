import {
  DeleteBucketCorsCommand,
  GetBucketCorsCommand,
  PutBucketCorsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { BUCKET, codeOf, failure, presign, useS3 } from './running-s3.ts';

const Bucket = BUCKET;
const RULES = [
  {
    ID: 'uploads',
    AllowedOrigins: ['http://localhost:5000', 'https://*.example.org'],
    AllowedMethods: ['PUT', 'POST'],
    AllowedHeaders: ['Content-Type', 'x-amz-*'],
    ExposeHeaders: ['ETag'],
    MaxAgeSeconds: 600,
  },
  { AllowedOrigins: ['*'], AllowedMethods: ['GET'] },
];
const s3 = useS3();
beforeAll(async () => {
  await s3.client.send(new PutObjectCommand({ Bucket, Key: 'key', Body: 'x' }));
});

function preflight(origin: string, method: string, headers?: string): Promise<Response> {
  return fetch(`${s3.server.endpoint}/${Bucket}/key`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': method,
      ...(headers ? { 'access-control-request-headers': headers } : {}),
    },
  });
}

describe('the CORS configuration of a bucket', () => {
  it('is empty at first, and then the one that was put', async () => {
    const get = () => s3.client.send(new GetBucketCorsCommand({ Bucket }));
    expect(await failure(get())).toBe('NoSuchCORSConfiguration');
    expect(await codeOf(await preflight('http://localhost:5000', 'PUT'))).toBe('AccessForbidden');
    await s3.client.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: RULES } }));
    expect((await get()).CORSRules).toEqual(RULES);
  });

  it('accepts requests that a rule allows', async () => {
    const response = await preflight('http://localhost:5000', 'PUT', 'content-type, x-amz-meta-a');
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'access-control-allow-origin': 'http://localhost:5000',
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'PUT, POST',
      'access-control-allow-headers': 'content-type, x-amz-meta-a',
      'access-control-max-age': '600',
    });
    const anyone = await preflight('http://anyone.example', 'GET');
    expect(anyone.headers.get('access-control-allow-origin')).toBe('*');
    expect(anyone.headers.get('access-control-allow-credentials')).toBeNull();
    expect((await preflight('https://a.b.example.org', 'POST')).status).toBe(200);
  });

  it.each([
    ['another origin', 'http://localhost:5001', 'PUT', undefined],
    ['an origin with nothing in place of the wildcard', 'https://.example.com', 'PUT', undefined],
    ['another method', 'http://localhost:5000', 'DELETE', undefined],
    ['another header', 'http://localhost:5000', 'PUT', 'content-type, authorization'],
    ['a header with the rule of another method', 'http://anyone.example', 'GET', 'content-type'],
  ])('rejects %s', async (_name, origin, method, headers) => {
    const response = await preflight(origin, method, headers);
    expect(response.status).toBe(403);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('adds headers to responses, also to errors', async () => {
    const url = await presign(s3.server, `/${Bucket}/key`, { method: 'PUT' });
    const send = (target: string, origin: string) =>
      fetch(target, { method: 'PUT', headers: { origin }, body: 'x' });
    const good = await send(url, 'http://localhost:5000');
    expect([good.status, good.headers.get('access-control-allow-origin')]).toEqual([
      200,
      'http://localhost:5000',
    ]);
    expect(good.headers.get('access-control-expose-headers')).toBe('ETag');
    expect(good.headers.get('vary')).toContain('Origin');
    const rejected = await send(url.replace('Expires=900', 'Expires=901'), 'http://localhost:5000');
    expect([rejected.status, rejected.headers.get('access-control-allow-origin')]).toEqual([
      403,
      'http://localhost:5000',
    ]);
    const stranger = await send(url, 'http://stranger.example');
    expect(stranger.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('is rejected when a rule is not valid', async () => {
    const put = (rule: object) => {
      const CORSRules = [{ AllowedOrigins: ['*'], AllowedMethods: ['GET'], ...rule }];
      return failure(s3.client.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } })));
    };
    expect(await put({ AllowedOrigins: ['http://*.*'] })).toBe('InvalidRequest');
    expect(await put({ AllowedOrigins: [] })).toBe('InvalidRequest');
    expect(await put({ AllowedMethods: ['PATCH'] })).toBe('MalformedXML');
    expect(await put({ ExposeHeaders: ['a\r\nb'] })).toBe('MalformedXML');
  });

  it('is empty after it was deleted', async () => {
    await s3.client.send(new DeleteBucketCorsCommand({ Bucket }));
    expect((await preflight('http://anyone.example', 'GET')).status).toBe(403);
  });
});
