import type { IncomingMessage } from 'node:http';
import { queryParameters, splitTarget } from '../aws/canonical-request.ts';
import {
  type VerifiedSignature,
  type VerifyOptions,
  verifyPresignedUrl,
  verifyRequestSignature,
} from '../aws/signature.ts';
import { accessDenied, invalidArgument, S3Error } from './s3-error.ts';

/** The target of a request. */
interface Address {
  readonly bucket: string;
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
}

/**
 * Parses the URL of a path-style request, `/bucket/key?query`.
 *
 * @throws S3Error InvalidURI for malformed escapes or bytes that are not UTF-8
 */
export function parseAddress(url: string): Address {
  const { path, query } = splitTarget(url);
  const slash = path.indexOf('/', 1);
  try {
    const bucket = decodeURIComponent(slash < 0 ? path.slice(1) : path.slice(1, slash));
    const key = slash < 0 ? '' : decodeURIComponent(path.slice(slash + 1));
    return { bucket, key, query: new Map(queryParameters(query)) };
  } catch (error) {
    if (error instanceof URIError) throw new S3Error(400, 'InvalidURI', 'the URI cannot be decoded');
    throw error;
  }
}

/** Bodies are signed by hash, or not, or in chunks (S3 API reference, "Authenticating Requests"). */
const PAYLOAD_WORDS = new Set([
  'UNSIGNED-PAYLOAD',
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
]);

/**
 * Returns the signer of a request, from its header or its query, and the hash that its body must have. Rejects a
 * request without a signature: nothing is public.
 *
 * @throws SignatureError, S3Error
 */
export function authenticate(
  request: IncomingMessage,
  query: ReadonlyMap<string, string>,
  options: VerifyOptions,
): { signature: VerifiedSignature; payloadHash: string; presigned: boolean } {
  const { method = '', url = '', headers } = request;
  const received = { method, url, headers };
  const presigned = query.has('X-Amz-Signature') || query.has('X-Amz-Algorithm');
  if (presigned && headers.authorization) {
    throw invalidArgument('only one of the Authorization header and X-Amz-Signature can be given');
  }
  if (presigned) {
    const { payloadHash, ...signature } = verifyPresignedUrl(received, options);
    return { signature, payloadHash: knownPayload(payloadHash), presigned };
  }
  if (!headers.authorization) throw accessDenied();
  const sent = headers['x-amz-content-sha256'];
  if (typeof sent !== 'string') {
    throw new S3Error(400, 'MissingSecurityHeader', 'x-amz-content-sha256 must be given');
  }
  const payloadHash = knownPayload(sent);
  const signature = verifyRequestSignature({ ...received, payloadHash }, options);
  return { signature, payloadHash, presigned };
}

/** Header names in lower case, and for a presigned URL the `x-amz-` headers that moved to its query. */
export function requestHeaders(
  request: IncomingMessage,
  query: ReadonlyMap<string, string>,
  presigned: boolean,
): Map<string, string> {
  const headers = new Map<string, string>();
  for (const [name, value] of presigned ? query : []) {
    if (name.startsWith('x-amz-')) headers.set(name, value);
  }
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(',') : value);
  }
  return headers;
}

function knownPayload(payloadHash: string): string {
  if (/^[0-9a-f]{64}$/.test(payloadHash) || PAYLOAD_WORDS.has(payloadHash)) return payloadHash;
  throw invalidArgument('x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a STREAMING- word or a SHA-256');
}
