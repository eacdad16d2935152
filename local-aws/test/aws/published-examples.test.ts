import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { verifyPresignedUrl, verifyRequestSignature } from '../../aws/signature.ts';
import { codeOf, credentials, EMPTY, S3 } from './verdict.ts';

const suite = { service: 'service', region: 'us-east-1', credentials, now: new Date('2015-08-30T12:36:00Z') };
const s3 = { service: 's3', region: 'us-east-1', credentials, now: new Date('2013-05-24T00:00:00Z') };

function authorization(scope: string, signedHeaders: string, signature: string): string {
  return `AWS4-HMAC-SHA256 Credential=${scope},SignedHeaders=${signedHeaders},Signature=${signature}`;
}

describe('the published Signature Version 4 test suite', () => {
  const scope = 'AKIDEXAMPLE/20150830/us-east-1/service/aws4_request';
  const cases: [name: string, method: string, url: string, signature: string][] = [
    ['get-vanilla', 'GET', '/', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    [
      'get-vanilla-query-order-key-case',
      'GET',
      '/?Param2=value2&Param1=value1',
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
    ['post-vanilla', 'POST', '/', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
    [
      'get-relative-relative',
      'GET',
      '/example1/example2/../..',
      '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
    ],
    ['get-slashes', 'GET', '//example//', '9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84'],
    ['get-utf8', 'GET', '/ሴ', '8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85'],
  ];

  it.each(cases)('accepts %s', (_name, method, url, signature) => {
    const headers = {
      host: 'example.amazonaws.com',
      'x-amz-date': '20150830T123600Z',
      authorization: authorization(scope, 'host;x-amz-date', signature),
    };
    const { accessKeyId } = verifyRequestSignature({ method, url, headers, payloadHash: EMPTY }, suite);
    expect(accessKeyId).toBe('AKIDEXAMPLE');
  });
});

describe('the examples of the S3 API reference', () => {
  const scope = 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request';
  const host = 'examplebucket.s3.amazonaws.com';
  const amz = { host, 'x-amz-date': '20130524T000000Z' };

  it('accepts the signed GET with a range', () => {
    const headers = {
      ...amz,
      range: 'bytes=0-9',
      'x-amz-content-sha256': EMPTY,
      authorization: authorization(
        scope,
        'host;range;x-amz-content-sha256;x-amz-date',
        'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
      ),
    };
    const request = { method: 'GET', url: '/test.txt', headers, payloadHash: EMPTY };
    expect(verifyRequestSignature(request, s3).accessKeyId).toBe(S3.accessKeyId);
  });

  it('accepts the signed PUT of a key with a dollar sign, sent unescaped', () => {
    const payloadHash = createHash('sha256').update('Welcome to Amazon S3.').digest('hex');
    const headers = {
      ...amz,
      date: 'Fri, 24 May 2013 00:00:00 GMT',
      'x-amz-content-sha256': payloadHash,
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      authorization: authorization(
        scope,
        'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
        '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
      ),
    };
    const request = { method: 'PUT', url: '/test$file.text', headers, payloadHash };
    expect(codeOf(() => verifyRequestSignature(request, s3))).toBe('accepted');
  });

  it('accepts the GET of a sub-resource without a value', () => {
    const headers = {
      ...amz,
      'x-amz-content-sha256': EMPTY,
      authorization: authorization(
        scope,
        'host;x-amz-content-sha256;x-amz-date',
        'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
      ),
    };
    const request = { method: 'GET', url: '/?lifecycle', headers, payloadHash: EMPTY };
    expect(codeOf(() => verifyRequestSignature(request, s3))).toBe('accepted');
  });

  it('accepts the presigned URL until it expires', () => {
    const url =
      '/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256' +
      '&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request' +
      '&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
      '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404';
    const request = { method: 'GET', url, headers: { host } };
    expect(verifyPresignedUrl(request, s3).payloadHash).toBe('UNSIGNED-PAYLOAD');
    const lastSecond = { ...s3, now: new Date('2013-05-25T00:00:00Z') };
    expect(codeOf(() => verifyPresignedUrl(request, lastSecond))).toBe('accepted');
    const later = { ...s3, now: new Date('2013-05-25T00:00:01Z') };
    expect(codeOf(() => verifyPresignedUrl(request, later))).toBe('AccessDenied');
    const longBefore = { ...s3, now: new Date('2013-05-23T23:00:00Z') };
    expect(codeOf(() => verifyPresignedUrl(request, longBefore))).toBe('AccessDenied');
  });
});
