import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Sink } from './blobs.ts';
import type { S3Call } from './call.ts';
import {
  assertChecksumValue,
  assertSameChecksum,
  type ChecksumAlgorithm,
  createDigest,
  declaredChecksum,
  isBase64Of,
  type StoredChecksum,
  toBase64,
} from './checksums.ts';
import { decodeChunked } from './chunked.ts';
import {
  badDigest,
  entityTooLarge,
  incompleteBody,
  invalidArgument,
  invalidRequest,
  S3Error,
} from './s3-error.ts';

/** 5 GiB, the maximum size of one PUT or part (S3 User Guide, "Uploading objects"). */
export const MAX_UPLOAD_BYTES = 5 * 1024 ** 3;

/** A received body that matches the headers of its request. */
export interface Received {
  readonly size: number;
  readonly md5: Buffer;
  readonly checksum?: StoredChecksum | undefined;
}

/** The conditions that a body must meet. */
interface Expectations {
  readonly length?: number | undefined;
  readonly maxBytes: number;
  /** In hexadecimal. */
  readonly sha256?: string | undefined;
  /** In base64. */
  readonly md5?: string | undefined;
  /** If the value is undefined, it is calculated, or it follows in the trailer. */
  readonly checksum?:
    | { readonly algorithm: ChecksumAlgorithm; readonly value: string | undefined }
    | undefined;
}

interface ReceiveOptions {
  readonly maxBytes?: number;
  /** The algorithm to calculate when the request contains no checksum. */
  readonly algorithm?: ChecksumAlgorithm | undefined;
  /** False if `x-amz-checksum-*` is the checksum of the object and not of the body. */
  readonly checksumIsOfBody?: boolean;
}

/**
 * Receives the body of a signed request, in any form of `x-amz-content-sha256`, and passes each piece to `sink`.
 *
 * @throws S3Error when the body does not match the headers of the request
 */
export async function receiveBody(call: S3Call, sink: Sink, options: ReceiveOptions = {}): Promise<Received> {
  const streaming = call.payloadHash.startsWith('STREAMING-');
  const declared = options.checksumIsOfBody === false ? undefined : declaredChecksum(call.headers);
  const expectations: Expectations = {
    length: bodyLength(call.headers, streaming),
    maxBytes: options.maxBytes ?? MAX_UPLOAD_BYTES,
    sha256: expectedSha256(call.payloadHash),
    md5: expectedMd5(call.headers),
    checksum: declared ?? (options.algorithm && { algorithm: options.algorithm, value: undefined }),
  };
  assertLength(expectations);
  const announced = announcedTrailer(call);
  let trailer: string | undefined;
  const raw = call.openBody();
  const source = streaming
    ? decodeChunked(pieces(raw), {
        signature: call.payloadHash.startsWith('STREAMING-AWS4-') ? call.signature : undefined,
        trailer: announced,
        onTrailer: (value) => {
          trailer = value;
        },
      })
    : pieces(raw);
  const received = await consume(source, expectations, sink);
  if (trailer !== undefined && received.checksum) {
    assertChecksumValue(received.checksum.algorithm, trailer);
    assertSameChecksum(received.checksum.algorithm, trailer, received.checksum.value);
  }
  return received;
}

/** Receives a small body as text. */
export async function receiveText(
  call: S3Call,
  maxBytes: number,
  options: ReceiveOptions = {},
): Promise<string> {
  const chunks: Uint8Array[] = [];
  await receiveBody(
    call,
    async (chunk) => {
      chunks.push(chunk);
    },
    { ...options, maxBytes },
  );
  return Buffer.concat(chunks).toString('utf8');
}

/** Reads a body once, calculates its size and digests, and compares them with the expectations at the end. */
export async function consume(
  source: AsyncIterable<Buffer>,
  expectations: Expectations,
  sink: Sink,
): Promise<Received> {
  const md5 = createHash('md5');
  const sha256 = expectations.sha256 === undefined ? undefined : createHash('sha256');
  const { checksum } = expectations;
  const digest = checksum && createDigest(checksum.algorithm);
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > expectations.maxBytes) throw entityTooLarge(expectations.maxBytes);
    if (expectations.length !== undefined && size > expectations.length) throw incompleteBody();
    md5.update(chunk);
    sha256?.update(chunk);
    digest?.update(chunk);
    await sink(chunk);
  }
  if (expectations.length !== undefined && size !== expectations.length) throw incompleteBody();
  if (sha256 && sha256.digest('hex') !== expectations.sha256) {
    throw new S3Error(400, 'XAmzContentSHA256Mismatch', 'x-amz-content-sha256 is not the hash of the body');
  }
  const md5Digest = md5.digest();
  if (expectations.md5 !== undefined && md5Digest.toString('base64') !== expectations.md5) {
    throw badDigest('Content-MD5');
  }
  if (!checksum || !digest) return { size, md5: md5Digest };
  const value = toBase64(await digest.digest());
  if (checksum.value !== undefined) assertSameChecksum(checksum.algorithm, checksum.value, value);
  return { size, md5: md5Digest, checksum: { algorithm: checksum.algorithm, value, type: 'FULL_OBJECT' } };
}

/**
 * Iterates over a stream, and does not destroy it when the loop ends early: that would close the connection, and the
 * client could not read the error response.
 */
async function* pieces(stream: Readable): AsyncGenerator<Buffer> {
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) yield chunk;
}

/** The MD5 in the headers, in base64. */
function expectedMd5(headers: ReadonlyMap<string, string>): string | undefined {
  const md5 = headers.get('content-md5');
  if (md5 !== undefined && !isBase64Of(md5, 16)) {
    throw new S3Error(400, 'InvalidDigest', 'the Content-MD5 is not valid');
  }
  return md5;
}

function expectedSha256(payloadHash: string): string | undefined {
  return /^[0-9a-f]{64}$/.test(payloadHash) ? payloadHash : undefined;
}

function announcedTrailer(call: S3Call): string | undefined {
  const trailer = call.headers.get('x-amz-trailer')?.trim().toLowerCase();
  if (call.payloadHash.endsWith('-TRAILER') !== (trailer !== undefined)) {
    throw invalidRequest('x-amz-trailer and a STREAMING- word that ends in -TRAILER go together');
  }
  return trailer;
}

/** Bytes of the body without its framing. S3 requires this header before it reads the body. */
function bodyLength(headers: ReadonlyMap<string, string>, streaming: boolean): number | undefined {
  const text = headers.get(streaming ? 'x-amz-decoded-content-length' : 'content-length');
  if (text === undefined) {
    throw new S3Error(411, 'MissingContentLength', 'the Content-Length header must be given');
  }
  if (!/^\d{1,15}$/.test(text)) throw invalidArgument('the length of the body is not a number');
  return Number(text);
}

function assertLength({ length, maxBytes }: Expectations): void {
  if (length !== undefined && length > maxBytes) throw entityTooLarge(maxBytes);
}
