import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createCredentialLookup } from '../../aws/credentials.ts';
import {
  SignatureError,
  verifyPresignedUrl,
  verifyRequestSignature,
} from '../../aws/signature.ts';
import { sdkSigner } from './sdk-signer.ts';

const EMPTY = createHash('sha256').update('').digest('hex');

/** The key pairs of AWS's published examples; they open nothing. */
const SUITE = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const S3 = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const credentials = createCredentialLookup([SUITE, S3]);

const suite = { service: 'service', region: 'us-east-1', credentials, now: new Date('2015-08-30T12:36:00Z') };
const s3 = { service: 's3', region: 'us-east-1', credentials, now: new Date('2013-05-24T00:00:00Z') };

function authorization(scope: string, signedHeaders: string, signature: string): string {
  return `AWS4-HMAC-SHA256 Credential=${scope},SignedHeaders=${signedHeaders},Signature=${signature}`;
}

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof SignatureError) return error.code;
    throw error;
  }
  return 'accepted';
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
    'is accepted for $service, whose rule for the path is its own',
    async (options) => {
      const request = await signedByTheSdk(options, '/a%20b/c%2Bd', 'hello');
      expect(verifyRequestSignature(request, options).accessKeyId).toBe('AKIDEXAMPLE');
    },
  );

  it('keeps dot segments and double slashes of an S3 key', async () => {
    const request = await signedByTheSdk(s3Options, '/bucket//a/../b', '');
    expect(codeOf(() => verifyRequestSignature(request, s3Options))).toBe('accepted');
    const other = { ...request, url: request.url.replace('/a/../b', '/b') };
    expect(codeOf(() => verifyRequestSignature(other, s3Options))).toBe('SignatureDoesNotMatch');
  });

  it('is refused when any part of it changed', async () => {
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

  it('is refused with the code of the service', async () => {
    const wrong = await Promise.all([
      signedByTheSdk(s3Options, '/', '', 'another secret'),
      signedByTheSdk(statesOptions, '/', '', 'another secret'),
    ]);
    expect(codeOf(() => verifyRequestSignature(wrong[0], s3Options))).toBe('SignatureDoesNotMatch');
    expect(codeOf(() => verifyRequestSignature(wrong[1], statesOptions))).toBe('InvalidSignatureException');
    const nobody = createCredentialLookup([]);
    const unknown = [s3Options, statesOptions].map((options, index) =>
      codeOf(() => verifyRequestSignature(wrong[index] ?? wrong[0], { ...options, credentials: nobody })),
    );
    expect(unknown).toEqual(['InvalidAccessKeyId', 'UnrecognizedClientException']);
  });

  it('is refused when it is older or newer than 15 minutes', async () => {
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

  it('is refused for another region or service', async () => {
    const request = await signedByTheSdk(s3Options, '/', '');
    const elsewhere = { ...s3Options, region: 'us-east-1' };
    expect(codeOf(() => verifyRequestSignature(request, elsewhere))).toBe('AuthorizationHeaderMalformed');
    const other = { ...s3Options, service: 'ecs' };
    expect(codeOf(() => verifyRequestSignature(request, other))).toBe('IncompleteSignatureException');
  });

  it('is refused when it carries an x-amz header that is not signed', async () => {
    const request = await signedByTheSdk(s3Options, '/', '');
    const more = { ...request, headers: { ...request.headers, 'x-amz-copy-source': '/other/key' } };
    expect(codeOf(() => verifyRequestSignature(more, s3Options))).toBe('AccessDenied');
  });

  it('is refused without an Authorization header or with one in another form', async () => {
    const request = await signedByTheSdk(statesOptions, '/', '');
    const bare = { ...request, headers: { ...request.headers, authorization: undefined } };
    expect(codeOf(() => verifyRequestSignature(bare, statesOptions))).toBe(
      'MissingAuthenticationTokenException',
    );
    const basic = { ...request, headers: { ...request.headers, authorization: 'Basic eDp5' } };
    expect(codeOf(() => verifyRequestSignature(basic, statesOptions))).toBe('IncompleteSignatureException');
  });

  it('is refused when it names a property of every object as a signed header', async () => {
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

  it('is accepted as it is and refused when a part of it changed', async () => {
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

  it('is refused without a header that it signed, or with another value of it', async () => {
    const request = await presigned({ 'content-type': 'text/csv' });
    expect(codeOf(() => verifyPresignedUrl(request, s3Options))).toBe('accepted');
    const without = { ...request, headers: { host: '127.0.0.1:9000' } };
    const other = { ...request, headers: { ...request.headers, 'content-type': 'text/html' } };
    const codes = [without, other].map((each) => codeOf(() => verifyPresignedUrl(each, s3Options)));
    expect(codes).toEqual(['SignatureDoesNotMatch', 'SignatureDoesNotMatch']);
  });

  it('is refused when a parameter is missing, doubled, or asks for more than seven days', async () => {
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
