import { createHash, createHmac } from 'node:crypto';
import { Readable } from 'node:stream';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { credentialScope, sha256, signingKey } from '../../aws/canonical-request.ts';
import { SignatureError, type VerifiedSignature } from '../../aws/signature.ts';
import { type ChunkedOptions, decodeChunked } from '../../s3/chunked.ts';
import { S3Error } from '../../s3/s3-error.ts';
import {
  BUCKET,
  codeOf,
  failure,
  KEYS,
  REGION,
  type RunningS3,
  runS3,
  s3Signer,
  sendSigned,
} from './running-s3.ts';

/** The request of the S3 API reference's examples; its secret is not a real credential. */
function exampleSignature(signature: string): VerifiedSignature {
  const scope = credentialScope('20130524T000000Z', 'us-east-1', 's3');
  const key = signingKey('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', scope);
  const accessKeyId = 'AKIAIOSFODNN7EXAMPLE';
  return { accessKeyId, signature, signingKey: key, timestamp: '20130524T000000Z', scope };
}

/** Decodes a body that arrives in pieces of a given size, and returns the data or the error code. */
async function decode(body: string, options: ChunkedOptions = {}, pieceSize = 1000): Promise<string> {
  const bytes = Buffer.from(body, 'latin1');
  const pieces = function* () {
    for (let at = 0; at < bytes.length; at += pieceSize) yield bytes.subarray(at, at + pieceSize);
  };
  const data: Buffer[] = [];
  try {
    for await (const piece of decodeChunked(Readable.from(pieces()), options)) data.push(piece);
  } catch (error) {
    if (error instanceof S3Error || error instanceof SignatureError) return error.code;
    throw error;
  }
  return Buffer.concat(data).toString('latin1');
}

describe('the chunked examples of the S3 API reference', () => {
  const data = 'a'.repeat(66_560);
  const chunk = (text: string, signature: string) =>
    `${text.length.toString(16)};chunk-signature=${signature}\r\n${text}\r\n`;
  const last = (signature: string) => `0;chunk-signature=${signature}\r\n`;

  it('are accepted without trailers', async () => {
    const body =
      chunk(data.slice(0, 65_536), 'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648') +
      chunk(data.slice(65_536), '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497') +
      `${last('b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9')}\r\n`;
    const seed = exampleSignature('4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9');
    expect(await decode(body, { signature: seed })).toBe(data);
    const otherSeed = exampleSignature('0'.repeat(64));
    expect(await decode(body, { signature: otherSeed })).toBe('SignatureDoesNotMatch');
    const changed = body.replace('aaa', 'aba');
    expect(await decode(changed, { signature: seed })).toBe('SignatureDoesNotMatch');
  });

  it('are accepted with a signed trailer', async () => {
    const signature = 'd81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435';
    const body =
      chunk(data.slice(0, 65_536), 'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2') +
      chunk(data.slice(65_536), '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7') +
      last('2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992') +
      `x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:${signature}\r\n\r\n`;
    const seed = exampleSignature('106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e');
    const values: string[] = [];
    const options = {
      signature: seed,
      trailer: 'x-amz-checksum-crc32c',
      onTrailer: (value: string) => void values.push(value),
    };
    expect(await decode(body, options)).toBe(data);
    expect(values).toEqual(['sOO8/Q==']);
    expect(await decode(body.replace('sOO8', 'sOO9'), options)).toBe('SignatureDoesNotMatch');
    const unsigned = body.replace(/x-amz-trailer-signature.*\r\n/, '');
    expect(await decode(unsigned, options)).toBe('SignatureDoesNotMatch');
  });
});

describe('the framing of aws-chunked', () => {
  it('is removed from a body in pieces of any size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 8192, max: 9000 }), { maxLength: 3 }),
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1, max: 20_000 }),
        async (sizes, lastSize, pieceSize) => {
          const chunks = [...sizes, lastSize].map((size, index) => String(index).repeat(size));
          const body = chunks.map((text) => `${text.length.toString(16)}\r\n${text}\r\n`).join('');
          expect(await decode(`${body}0\r\n\r\n`, {}, pieceSize)).toBe(chunks.join(''));
        },
      ),
      { numRuns: 30 },
    );
  });

  const trailer = 'x-amz-checksum-crc32';
  it.each([
    ['IncompleteBody', '', {}],
    ['IncompleteBody', '5\r\nhello\r\n', {}],
    ['IncompleteBody', '5\r\nhello\r\n0\r\n', {}],
    ['IncompleteBody', '3\r\nhello\r\n0\r\n\r\n', {}],
    ['IncompleteBody', '6\r\nhello\r\n0\r\n\r\n', {}],
    ['IncompleteBody', '-5\r\nhello\r\n0\r\n\r\n', {}],
    ['IncompleteBody', '5;x=y\r\nhello\r\n0\r\n\r\n', {}],
    ['IncompleteBody', `${'5'.repeat(20_000)}`, {}],
    ['IncompleteBody', '5\r\nhello\r\n0\r\n\r\nmore', {}],
    ['InvalidChunkSizeError', '5\r\nhello\r\n5\r\nhello\r\n0\r\n\r\n', {}],
    ['MalformedTrailerError', `5\r\nhello\r\n0\r\n${trailer}:AAAAAA==\r\n\r\n`, {}],
    ['MalformedTrailerError', '5\r\nhello\r\n0\r\n\r\n', { trailer }],
    ['MalformedTrailerError', '5\r\nhello\r\n0\r\nx-amz-other:1\r\n\r\n', { trailer }],
    ['MalformedTrailerError', '5\r\nhello\r\n0\r\nnonsense\r\n\r\n', { trailer }],
    ['hello', `5\r\nhello\r\n0\r\n${trailer}:AAAAAA==\r\n\r\n`, { trailer }],
  ])('returns %s for %j', async (outcome, body, options) => {
    expect(await decode(body, options)).toBe(outcome);
  });
});

describe('a streamed upload', () => {
  const Bucket = BUCKET;
  let s3: RunningS3;

  beforeAll(async () => {
    s3 = await runS3();
  });
  afterAll(() => s3.stop());

  it('from the SDK is stored without its framing, and its checksum is verified', async () => {
    // Prepare
    const data = Buffer.alloc(300_001, 'stream ');
    const chunks = [0, 70_000, 140_000, 210_000, 280_000].map((at) => data.subarray(at, at + 70_000));
    const Body = Readable.from(chunks);
    const input = { Bucket, Key: 'stream', Body, ContentLength: data.length, ContentEncoding: 'gzip' };
    // Act
    const put = await s3.client.send(new PutObjectCommand(input));
    // Assess
    const got = await s3.client.send(
      new GetObjectCommand({ Bucket, Key: 'stream', ChecksumMode: 'ENABLED' }),
    );
    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(data)).toBe(true);
    expect(got.ContentEncoding).toBe('gzip');
    expect(put.ChecksumCRC32).toBeDefined();
    expect(got.ChecksumCRC32).toBe(put.ChecksumCRC32);
  });

  async function send(body: string, headers: Record<string, string>): Promise<string> {
    const response = await sendSigned(s3.server, { method: 'PUT', path: `/${Bucket}/raw`, headers, body });
    return response.ok ? 'stored' : codeOf(response);
  }
  const unsigned = {
    'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
    'x-amz-decoded-content-length': '5',
    'x-amz-trailer': 'x-amz-checksum-crc32',
  };
  const framed = (crc: string) => `5\r\nhello\r\n0\r\nx-amz-checksum-crc32:${crc}\r\n\r\n`;

  it('is rejected when its trailing checksum does not match', async () => {
    expect(await send(framed('NhCmhg=='), unsigned)).toBe('stored');
    expect(await send(framed('AAAAAA=='), unsigned)).toBe('BadDigest');
    expect(await send(framed('AAAA'), unsigned)).toBe('InvalidRequest');
  });

  it('must announce the trailer if x-amz-content-sha256 requires one', async () => {
    const { 'x-amz-trailer': _trailer, ...none } = unsigned;
    expect(await send('5\r\nhello\r\n0\r\n\r\n', none)).toBe('InvalidRequest');
    const plain = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', 'x-amz-trailer': 'x-amz-checksum-crc32' };
    expect(await send('hello', plain)).toBe('InvalidRequest');
  });

  it('is rejected when its length is not the announced length, or none is announced', async () => {
    const announced = (length: string) => ({ ...unsigned, 'x-amz-decoded-content-length': length });
    expect(await send(framed('NhCmhg=='), announced('6'))).toBe('IncompleteBody');
    expect(await send(framed('NhCmhg=='), announced('4'))).toBe('IncompleteBody');
    const { 'x-amz-decoded-content-length': _length, ...none } = unsigned;
    expect(await send(framed('NhCmhg=='), none)).toBe('MissingContentLength');
  });

  it('with signed chunks is accepted only unchanged', async () => {
    // Prepare: sign the request for the first signature, then each chunk with the previous signature
    const { host, hostname, port } = new URL(s3.server.endpoint);
    const path = `/${Bucket}/signed`;
    const signed = await s3Signer().sign({
      method: 'PUT',
      protocol: 'http:',
      hostname,
      port: Number(port),
      path,
      headers: {
        host,
        'content-encoding': 'aws-chunked',
        'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
        'x-amz-decoded-content-length': '8197',
      },
    });
    const date = signed.headers['x-amz-date'] ?? '';
    const scope = credentialScope(date, REGION, 's3');
    let previous = /Signature=(\w+)/.exec(signed.headers.authorization ?? '')?.[1] ?? '';
    const chunk = (text: string) => {
      const lines = ['AWS4-HMAC-SHA256-PAYLOAD', date, scope, previous, sha256(''), sha256(text)];
      const key = signingKey(KEYS.secretAccessKey, scope);
      previous = createHmac('sha256', key).update(lines.join('\n')).digest('hex');
      return `${text.length.toString(16)};chunk-signature=${previous}\r\n${text}\r\n`;
    };
    const body = chunk('x'.repeat(8192)) + chunk('hello') + chunk('');
    const put = async (text: string) => {
      const url = `${s3.server.endpoint}${path}`;
      const response = await fetch(url, { method: 'PUT', headers: signed.headers, body: text });
      return response.ok ? 'stored' : codeOf(response);
    };
    // Act and assess
    expect(await put(body.replace('hello', 'jello'))).toBe('SignatureDoesNotMatch');
    expect(await put(body.replace(/;chunk-signature=\w+/g, ''))).toBe('IncompleteBody');
    expect(await failure(s3.client.send(new HeadObjectCommand({ Bucket, Key: 'signed' })))).toBe('NotFound');
    expect(await put(body)).toBe('stored');
    const head = await s3.client.send(new HeadObjectCommand({ Bucket, Key: 'signed' }));
    const md5 = createHash('md5')
      .update(`${'x'.repeat(8192)}hello`)
      .digest('hex');
    expect(head).toMatchObject({ ETag: `"${md5}"`, ContentLength: 8197 });
    expect(head.ContentEncoding).toBeUndefined();
  });
});
