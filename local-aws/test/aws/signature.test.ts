import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createCredentialLookup } from '../../aws/credentials.ts';
import { verifyPresignedUrl, verifyRequestSignature } from '../../aws/signature.ts';
import { sdkSigner } from './sdk-signer.ts';
import { codeOf, credentials, EMPTY, SUITE } from './verdict.ts';

const now = new Date('2026-01-02T03:04:05Z');
const statesOptions = { service: 'states', region: 'eu-central-1', credentials, now };
const s3Options = { service: 's3', region: 'eu-central-1', credentials, now };

function signer({ service, region }: typeof statesOptions, secretAccessKey = SUITE.secretAccessKey) {
  return sdkSigner({ service, region, accessKeyId: SUITE.accessKeyId, secretAccessKey });
}

async function signedByTheSdk(options: typeof statesOptions, path: string, body: string, secret?: string) {
  const request = {
    method: 'POST',
    protocol: 'http:',
    hostname: '127.0.0.1',
    path,
    query: { list: ['b', 'a c'], 'odd!': "(*')" },
    headers: { host: '127.0.0.1:9000', 'x-amz-target': 'X.Y', 'content-type': '  a   b ' },
    body,
  };
  const signed = await signer(options, secret).sign(request, { signingDate: now });
  const url = `${path}?list=b&odd!=(*')&list=a%20c`;
  const payloadHash = createHash('sha256').update(body).digest('hex');
  return { method: 'POST', url, headers: lowerCase(signed.headers), payloadHash };
}

function lowerCase(headers: Record<string, string>): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

describe('a request signed by the SDK', () => {
  it.each([statesOptions, s3Options])(
    'is accepted for $service, which has its own rule for the path',
    async (options) => {
      const request = await signedByTheSdk(options, '/a%20b/c%2Bd', 'hello');
      expect(verifyRequestSignature(request, options).accessKeyId).toBe('AKIDEXAMPLE');
    },
  );

  it('is accepted with dot segments and double slashes in an S3 key', async () => {
    const request = await signedByTheSdk(s3Options, '/bucket//a/../b', '');
    expect(codeOf(() => verifyRequestSignature(request, s3Options))).toBe('accepted');
    const other = { ...request, url: request.url.replace('/a/../b', '/b') };
    expect(codeOf(() => verifyRequestSignature(other, s3Options))).toBe('SignatureDoesNotMatch');
  });

  it('is rejected when any part of it changed', async () => {
    const request = await signedByTheSdk(s3Options, '/bucket/key', 'hello');
    const changed = [
      { ...request, method: 'PUT' },
      { ...request, url: request.url.replace('key', 'kez') },
      { ...request, url: `${request.url}&more=1` },
      { ...request, url: request.url.replace('a%20c', '%') },
      { ...request, payloadHash: EMPTY },
      { ...request, headers: { ...request.headers, 'x-amz-target': 'X.Z' } },
      { ...request, headers: { ...request.headers, 'content-type': undefined } },
    ];
    const codes = changed.map((each) => codeOf(() => verifyRequestSignature(each, s3Options)));
    expect(codes).toEqual(changed.map(() => 'SignatureDoesNotMatch'));
  });

  it("is rejected with the service's error code", async () => {
    const wrong = await Promise.all([
      signedByTheSdk(s3Options, '/', '', 'another secret'),
      signedByTheSdk(statesOptions, '/', '', 'another secret'),
    ]);
    expect(codeOf(() => verifyRequestSignature(wrong[0], s3Options))).toBe('SignatureDoesNotMatch');
    expect(codeOf(() => verifyRequestSignature(wrong[1], statesOptions))).toBe('InvalidSignatureException');
    const noKeys = createCredentialLookup([]);
    const unknown = [s3Options, statesOptions].map((options, index) =>
      codeOf(() => verifyRequestSignature(wrong[index] ?? wrong[0], { ...options, credentials: noKeys })),
    );
    expect(unknown).toEqual(['InvalidAccessKeyId', 'UnrecognizedClientException']);
  });

  it('is rejected when its time differs by more than 15 minutes', async () => {
    const request = await signedByTheSdk(s3Options, '/', '');
    const at = (minutes: number) =>
      codeOf(() =>
        verifyRequestSignature(request, { ...s3Options, now: new Date(now.getTime() + minutes * 60_000) }),
      );
    expect([at(-16), at(-15), at(15), at(16)]).toEqual([
      'RequestTimeTooSkewed',
      'accepted',
      'accepted',
      'RequestTimeTooSkewed',
    ]);
  });

  it('is rejected when it was signed for another region or service', async () => {
    const request = await signedByTheSdk(s3Options, '/', '');
    const elsewhere = { ...s3Options, region: 'us-east-1' };
    expect(codeOf(() => verifyRequestSignature(request, elsewhere))).toBe('AuthorizationHeaderMalformed');
    const other = { ...s3Options, service: 'ecs' };
    expect(codeOf(() => verifyRequestSignature(request, other))).toBe('IncompleteSignatureException');
  });

  it('is rejected when it has an unsigned x-amz header', async () => {
    const request = await signedByTheSdk(s3Options, '/', '');
    const more = { ...request, headers: { ...request.headers, 'x-amz-copy-source': '/other/key' } };
    expect(codeOf(() => verifyRequestSignature(more, s3Options))).toBe('AccessDenied');
  });

  it('is rejected without an Authorization header or with a malformed one', async () => {
    const request = await signedByTheSdk(statesOptions, '/', '');
    const bare = { ...request, headers: { ...request.headers, authorization: undefined } };
    expect(codeOf(() => verifyRequestSignature(bare, statesOptions))).toBe(
      'MissingAuthenticationTokenException',
    );
    const basic = { ...request, headers: { ...request.headers, authorization: 'Basic eDp5' } };
    expect(codeOf(() => verifyRequestSignature(basic, statesOptions))).toBe('IncompleteSignatureException');
  });

  it('is rejected when a signed header has the name of an Object.prototype property', async () => {
    const request = await signedByTheSdk(s3Options, '/', '');
    const header = String(request.headers.authorization).replace('host;', 'constructor;host;');
    const odd = { ...request, headers: { ...request.headers, authorization: header } };
    expect(codeOf(() => verifyRequestSignature(odd, s3Options))).toBe('SignatureDoesNotMatch');
  });
});

describe('a URL presigned by the SDK', () => {
  async function presigned(headers: Record<string, string> = {}, expiresIn = 900) {
    const request = {
      method: 'PUT',
      protocol: 'http:',
      hostname: '127.0.0.1',
      path: '/bucket/a%20key',
      headers: { host: '127.0.0.1:9000', 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', ...headers },
      query: {},
    };
    const signed = await signer(s3Options).presign(request, { expiresIn, signingDate: now });
    const query = Object.entries(signed.query ?? {}).map(
      ([name, value]) => `${name}=${encodeURIComponent(String(value))}`,
    );
    return {
      method: 'PUT',
      url: `/bucket/a%20key?${query.join('&')}`,
      headers: lowerCase(signed.headers),
    };
  }

  it('is accepted unchanged and rejected when a part of it changed', async () => {
    const request = await presigned();
    expect(verifyPresignedUrl(request, s3Options).accessKeyId).toBe('AKIDEXAMPLE');
    const changed = [
      { ...request, method: 'GET' },
      { ...request, url: request.url.replace('a%20key', 'other') },
      { ...request, url: request.url.replace('Expires=900', 'Expires=901') },
      { ...request, url: request.url.replace(/Signature=./, 'Signature=_') },
      { ...request, url: `${request.url}&partNumber=2` },
    ];
    const codes = changed.map((each) => codeOf(() => verifyPresignedUrl(each, s3Options)));
    expect(codes).toEqual(changed.map(() => 'SignatureDoesNotMatch'));
  });

  it('is rejected when a signed header is missing or has another value', async () => {
    const request = await presigned({ 'content-type': 'text/csv' });
    expect(codeOf(() => verifyPresignedUrl(request, s3Options))).toBe('accepted');
    const without = { ...request, headers: { host: '127.0.0.1:9000' } };
    const other = { ...request, headers: { ...request.headers, 'content-type': 'text/html' } };
    const codes = [without, other].map((each) => codeOf(() => verifyPresignedUrl(each, s3Options)));
    expect(codes).toEqual(['SignatureDoesNotMatch', 'SignatureDoesNotMatch']);
  });

  it('is rejected when a parameter is missing, duplicate, or exceeds seven days', async () => {
    const request = await presigned({}, 604_800);
    expect(codeOf(() => verifyPresignedUrl(request, s3Options))).toBe('accepted');
    const changed = [
      request.url.replace('X-Amz-Date=', 'Date='),
      `${request.url}&X-Amz-Expires=1`,
      request.url.replace('Expires=604800', 'Expires=604801'),
      request.url.replace('Expires=604800', 'Expires=0'),
      request.url.replace('HMAC-SHA256', 'HMAC-SHA1'),
    ];
    const codes = changed.map((url) => codeOf(() => verifyPresignedUrl({ ...request, url }, s3Options)));
    expect(codes).toEqual(changed.map(() => 'AuthorizationQueryParametersError'));
  });
});
