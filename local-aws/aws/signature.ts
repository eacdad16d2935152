import type { KeyObject } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import {
  ALGORITHM,
  canonicalRequest,
  credentialScope,
  queryParameters,
  type SignedParts,
  sameSignature,
  sign,
  signingKey,
  splitTarget,
  stringToSign,
} from './canonical-request.ts';
import type { CredentialLookup } from './credentials.ts';
import { type ErrorCodes, errorCodes, SignatureError } from './signature-error.ts';

export { SignatureError } from './signature-error.ts';

/** 15 minutes either way (S3 API reference, error RequestTimeTooSkewed). */
const MAX_SKEW_MS = 15 * 60 * 1000;
/** Seven days in seconds, the longest life of a presigned URL (S3 API reference, X-Amz-Expires). */
const MAX_EXPIRES_S = 7 * 24 * 60 * 60;
/** The text that a presigned URL signs instead of a body's hash. */
const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';

/** A request as the server received it. */
interface ReceivedRequest {
  readonly method: string;
  /** The request target, path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

export interface VerifyOptions {
  /** The name that requests are signed for, e.g. `s3` or `states`. */
  readonly service: string;
  readonly region: string;
  readonly credentials: CredentialLookup;
  /** The current time; the system's clock by default. */
  readonly now?: Date;
}

/** The signer, and what is needed to verify the signatures of the chunks that follow. */
export interface VerifiedSignature {
  readonly accessKeyId: string;
  readonly signature: string;
  readonly signingKey: KeyObject;
  /** `YYYYMMDDTHHMMSSZ` */
  readonly timestamp: string;
  readonly scope: string;
}

/**
 * Verifies a request whose signature is in the `Authorization` header.
 *
 * `payloadHash` is the SHA-256 of the body in hexadecimal, or for S3 the value of `x-amz-content-sha256`, which the
 * caller compares with the body. The signature covers a session token, but the token is ignored: local keys have none.
 * Source: IAM User Guide, "Create a signed AWS API request".
 *
 * @throws SignatureError with the code that the AWS service would return
 */
export function verifyRequestSignature(
  request: ReceivedRequest & { readonly payloadHash: string },
  options: VerifyOptions,
): VerifiedSignature {
  const codes = errorCodes(options.service);
  const header = request.headers.authorization;
  if (!header) throw new SignatureError(codes.missing, 'the request carries no authentication token');
  const match =
    /^(\S+)\s+Credential=([^,\s]+)\s*,\s*SignedHeaders=([^,\s]+)\s*,\s*Signature=([0-9a-f]{64})$/.exec(
      header,
    );
  const [, algorithm, credential = '', signedHeaders = '', signature = ''] = match ?? [];
  if (algorithm !== ALGORITHM) {
    throw new SignatureError(codes.malformed, `the Authorization header must be in ${ALGORITHM} form`, 400);
  }
  const timestamp = requestTimestamp(request.headers, codes);
  const skew = Math.abs(parseTimestamp(timestamp) - (options.now ?? new Date()).getTime());
  if (!(skew <= MAX_SKEW_MS)) {
    throw new SignatureError(codes.skewed, 'the request time is more than 15 minutes from the server time');
  }
  const parts = { ...request, signedHeaders: signedHeaders.split(';') };
  return verify({ parts, credential, timestamp, signature }, options, codes);
}

/**
 * Verifies a request whose signature is in the query (a presigned URL). The returned `payloadHash` is the hash that
 * the body must have, or `UNSIGNED-PAYLOAD`.
 * Source: S3 API reference, "Authenticating Requests: Using Query Parameters".
 *
 * @throws SignatureError, AccessDenied for an expired link
 */
export function verifyPresignedUrl(
  request: ReceivedRequest,
  options: VerifyOptions,
): VerifiedSignature & { readonly payloadHash: string } {
  const codes = errorCodes(options.service);
  const query = presignedParameters(request.url, codes);
  const signedHeaders = query['X-Amz-SignedHeaders'].split(';');
  const timestamp = query['X-Amz-Date'];
  assertInForce(timestamp, query['X-Amz-Expires'], options.now ?? new Date(), codes);
  const sent = request.headers['x-amz-content-sha256'];
  const payloadHash = query['X-Amz-Content-Sha256'] ?? (typeof sent === 'string' ? sent : UNSIGNED_PAYLOAD);
  const parts = { ...request, signedHeaders, payloadHash, omitParameter: 'X-Amz-Signature' };
  const claim = {
    parts,
    credential: query['X-Amz-Credential'],
    timestamp,
    signature: query['X-Amz-Signature'],
  };
  return { ...verify(claim, options, codes), payloadHash };
}

interface Claim {
  readonly parts: SignedParts;
  readonly credential: string;
  readonly timestamp: string;
  readonly signature: string;
}

function verify(claim: Claim, options: VerifyOptions, codes: ErrorCodes): VerifiedSignature {
  assertCovered(claim.parts, codes);
  const { accessKeyId, scope, key } = findKey(claim.credential, claim.timestamp, options, codes);
  const expected = sign(key, stringToSign(claim.timestamp, scope, canonical(claim.parts, options, codes)));
  if (!sameSignature(expected, claim.signature)) throw mismatch(codes);
  return { accessKeyId, signature: expected, signingKey: key, timestamp: claim.timestamp, scope };
}

function canonical(parts: SignedParts, options: VerifyOptions, codes: ErrorCodes): string {
  try {
    return canonicalRequest(parts, options.service === 's3' ? 'verbatim' : 'normalized');
  } catch (error) {
    if (error instanceof URIError) throw mismatch(codes);
    throw error;
  }
}

/** Host and every `x-amz-` header must be signed, and every signed header must be present. */
function assertCovered({ headers, signedHeaders }: SignedParts, codes: ErrorCodes): void {
  const signed = new Set(signedHeaders);
  const absent = signedHeaders.filter((name) => !Object.hasOwn(headers, name));
  const open = Object.keys(headers).filter((name) => name.startsWith('x-amz-') && !signed.has(name));
  if (absent.length > 0) throw mismatch(codes);
  if (!signed.has('host') || open.length > 0) {
    const names = signed.has('host') ? open.join(', ') : 'host';
    throw new SignatureError(codes.unsigned, `headers present in the request were not signed: ${names}`);
  }
}

function findKey(credential: string, timestamp: string, options: VerifyOptions, codes: ErrorCodes) {
  const slash = credential.indexOf('/');
  const accessKeyId = credential.slice(0, Math.max(slash, 0));
  const scope = credentialScope(timestamp, options.region, options.service);
  if (credential.slice(slash + 1) !== scope) {
    throw new SignatureError(codes.malformed, `the credential scope must be '${scope}'`, 400);
  }
  const pair = options.credentials(accessKeyId);
  if (!pair) throw new SignatureError(codes.unknownKey, 'the access key id is not known here');
  return { accessKeyId, scope, key: signingKey(pair.secretAccessKey, scope) };
}

const PRESIGNED = [
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-SignedHeaders',
  'X-Amz-Signature',
] as const;

function presignedParameters(url: string, codes: ErrorCodes) {
  let given: [string, string][];
  try {
    given = queryParameters(splitTarget(url).query);
  } catch {
    throw mismatch(codes);
  }
  const values = new Map(given);
  const twice = given.length !== values.size;
  if (twice || PRESIGNED.some((name) => !values.get(name)) || values.get('X-Amz-Algorithm') !== ALGORITHM) {
    throw new SignatureError(
      codes.malformedQuery,
      `a presigned URL has each of ${PRESIGNED.join(', ')} once`,
      400,
    );
  }
  const read = (name: (typeof PRESIGNED)[number]) => values.get(name) ?? '';
  return {
    'X-Amz-Credential': read('X-Amz-Credential'),
    'X-Amz-Date': read('X-Amz-Date'),
    'X-Amz-Expires': read('X-Amz-Expires'),
    'X-Amz-SignedHeaders': read('X-Amz-SignedHeaders'),
    'X-Amz-Signature': read('X-Amz-Signature'),
    'X-Amz-Content-Sha256': values.get('X-Amz-Content-Sha256'),
  };
}

function assertInForce(timestamp: string, expires: string, now: Date, codes: ErrorCodes): void {
  const start = parseTimestamp(timestamp);
  const seconds = /^\d{1,6}$/.test(expires) ? Number(expires) : Number.NaN;
  if (Number.isNaN(start) || !(seconds >= 1 && seconds <= MAX_EXPIRES_S)) {
    const rule = `X-Amz-Date is a UTC time and X-Amz-Expires lies between 1 and ${MAX_EXPIRES_S}`;
    throw new SignatureError(codes.malformedQuery, rule, 400);
  }
  if (start - now.getTime() > MAX_SKEW_MS)
    throw new SignatureError('AccessDenied', 'Request is not yet valid');
  if (now.getTime() > start + seconds * 1000) throw new SignatureError('AccessDenied', 'Request has expired');
}

/** `x-amz-date`, or `date` in HTTP's format, as `YYYYMMDDTHHMMSSZ`. */
function requestTimestamp(headers: IncomingHttpHeaders, codes: ErrorCodes): string {
  const sent = headers['x-amz-date'];
  if (typeof sent === 'string' && !Number.isNaN(parseTimestamp(sent))) return sent;
  const date = new Date(sent === undefined ? (headers.date ?? '') : '');
  if (Number.isNaN(date.getTime())) {
    throw new SignatureError(codes.missing, 'a signed request has a valid x-amz-date or date header');
  }
  return date.toISOString().replace(/[-:]|\.\d+/g, '');
}

/** Milliseconds since the epoch of `YYYYMMDDTHHMMSSZ`, NaN for anything else. */
function parseTimestamp(text: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (!match) return Number.NaN;
  const [, year, month, day, hour, minute, second] = match;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function mismatch(codes: ErrorCodes): SignatureError {
  return new SignatureError(
    codes.mismatch,
    'the signature calculated from the request does not match the one given: check the secret access key and the signing method',
  );
}
