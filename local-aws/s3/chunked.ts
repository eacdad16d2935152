import { createHash } from 'node:crypto';
import { sameSignature, sha256, sign } from '../aws/canonical-request.ts';
import { SignatureError, type VerifiedSignature } from '../aws/signature.ts';
import { incompleteBody, S3Error } from './s3-error.ts';

/** Every chunk except the last has at least 8 KiB (S3 API reference, "Transferring payload in multiple chunks"). */
const MIN_CHUNK_BYTES = 8192;
/** Maximum size of a chunk header, which is a length and a signature of 64 digits. */
const MAX_HEADER_BYTES = 256;
/** Maximum size of the trailers, which are one checksum and one signature. */
const MAX_TRAILER_BYTES = 2048;
const SIGNATURE_TRAILER = 'x-amz-trailer-signature';

export interface ChunkedOptions {
  /** The request's signature. If given, every chunk and the trailers must be signed, in a chain that starts with it. */
  readonly signature?: VerifiedSignature | undefined;
  /** Name of the trailer that the request announced, if any. */
  readonly trailer?: string | undefined;
  /** Called with the value of the trailer, after everything was verified. */
  readonly onTrailer?: (value: string) => void;
}

/**
 * Decodes a body with `Content-Encoding: aws-chunked`, piece by piece, and verifies its signatures. Yields a piece
 * before its chunk is verified: the consumer must discard all pieces if this generator throws.
 * Source: S3 API reference, "Transferring Payload in Multiple Chunks" and "Signature calculations for trailing
 * headers".
 *
 * @throws S3Error IncompleteBody for broken framing, InvalidChunkSizeError, MalformedTrailerError;
 * SignatureError for a wrong chunk signature
 */
export async function* decodeChunked(
  source: AsyncIterable<Buffer>,
  options: ChunkedOptions,
): AsyncGenerator<Buffer> {
  const reader = createReader(source);
  const chain = options.signature ? signatureChain(options.signature) : undefined;
  let previous = MIN_CHUNK_BYTES;
  for (;;) {
    const { size, signature } = parseHeader(await reader.line(MAX_HEADER_BYTES), chain !== undefined);
    if (size > 0 && previous < MIN_CHUNK_BYTES) throw chunkTooSmall(previous);
    const hash = chain ? createHash('sha256') : undefined;
    for await (const piece of reader.take(size)) {
      hash?.update(piece);
      yield piece;
    }
    if (hash) chain?.chunk(hash.digest('hex'), signature);
    if (size === 0) break;
    if ((await reader.line(0)) !== '') throw incompleteBody();
    previous = size;
  }
  await readTrailers(reader, options, chain);
}

function parseHeader(line: string, signed: boolean): { size: number; signature: string } {
  const match = /^([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line);
  if (!match || (signed && match[2] === undefined)) throw incompleteBody();
  return { size: Number.parseInt(match[1] ?? '', 16), signature: match[2] ?? '' };
}

async function readTrailers(reader: Reader, options: ChunkedOptions, chain: SignatureChain | undefined) {
  const trailers = new Map<string, string>();
  for (
    let line = await reader.line(MAX_TRAILER_BYTES);
    line !== '';
    line = await reader.line(MAX_TRAILER_BYTES)
  ) {
    const colon = line.indexOf(':');
    if (colon < 1 || trailers.size > 1) throw malformedTrailer();
    trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  await reader.end();
  const signature = trailers.get(SIGNATURE_TRAILER);
  trailers.delete(SIGNATURE_TRAILER);
  const { trailer } = options;
  const value = trailer === undefined ? undefined : trailers.get(trailer);
  if (trailers.size !== (trailer === undefined ? 0 : 1) || (trailer !== undefined && value === undefined)) {
    throw malformedTrailer();
  }
  if (value === undefined) return;
  chain?.trailer(`${trailer}:${value}\n`, signature ?? '');
  options.onTrailer?.(value);
}

interface SignatureChain {
  chunk(hash: string, given: string): void;
  trailer(canonical: string, given: string): void;
}

/** Verifies the signatures of chunks. Each covers the one before it, so that no chunk can be dropped or moved. */
function signatureChain(seed: VerifiedSignature): SignatureChain {
  let previous = seed.signature;
  const check = (algorithm: string, rest: readonly string[], given: string) => {
    const text = [algorithm, seed.timestamp, seed.scope, previous, ...rest].join('\n');
    const expected = sign(seed.signingKey, text);
    if (!sameSignature(expected, given)) {
      throw new SignatureError('SignatureDoesNotMatch', 'the signature of a chunk does not match its data');
    }
    previous = expected;
  };
  const empty = sha256('');
  return {
    chunk: (hash, given) => check('AWS4-HMAC-SHA256-PAYLOAD', [empty, hash], given),
    trailer: (canonical, given) => check('AWS4-HMAC-SHA256-TRAILER', [sha256(canonical)], given),
  };
}

interface Reader {
  /** The next line without its CRLF. */
  line(maxBytes: number): Promise<string>;
  /** The next bytes, in pieces as they arrive. */
  take(bytes: number): AsyncGenerator<Buffer>;
  /** Asserts that nothing follows. */
  end(): Promise<void>;
}

function createReader(source: AsyncIterable<Buffer>): Reader {
  const iterator = source[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  const more = async () => {
    const next = await iterator.next();
    return next.done ? undefined : next.value;
  };
  return {
    async line(maxBytes) {
      let end = rest.indexOf('\r\n');
      while (end < 0) {
        const chunk = rest.length > maxBytes + 1 ? undefined : await more();
        if (chunk === undefined) throw incompleteBody();
        rest = Buffer.concat([rest, chunk]);
        end = rest.indexOf('\r\n');
      }
      if (end > maxBytes) throw incompleteBody();
      const line = rest.toString('latin1', 0, end);
      rest = rest.subarray(end + 2);
      return line;
    },
    async *take(bytes) {
      for (let wanted = bytes; wanted > 0; ) {
        const chunk = rest.length > 0 ? rest : await more();
        if (chunk === undefined) throw incompleteBody();
        const piece = chunk.subarray(0, wanted);
        rest = chunk.subarray(piece.length);
        wanted -= piece.length;
        if (piece.length > 0) yield piece;
      }
    },
    async end() {
      if (rest.length > 0 || (await more()) !== undefined) throw incompleteBody();
    },
  };
}

function chunkTooSmall(size: number): S3Error {
  return new S3Error(
    400,
    'InvalidChunkSizeError',
    `Only the last chunk is allowed to have a size less than ${MIN_CHUNK_BYTES} bytes`,
    { BadChunkSize: String(size) },
  );
}

function malformedTrailer(): S3Error {
  return new S3Error(400, 'MalformedTrailerError', 'the trailers are not well-formed or not those announced');
}
