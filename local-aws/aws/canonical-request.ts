import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** The one algorithm accepted here (AWS Signature Version 4, symmetric). */
export const ALGORITHM = 'AWS4-HMAC-SHA256';

/** How a service derives the canonical path from the path that was sent. */
type PathStyle = 'verbatim' | 'normalized';

/** The parts of a request that a signature covers, with names and values as received. */
export interface SignedParts {
  readonly method: string;
  /** The request target, path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Lower-case names, in the order that the signer listed them. */
  readonly signedHeaders: readonly string[];
  readonly payloadHash: string;
  /** The query parameter that contains the signature itself, which the signature cannot cover. */
  readonly omitParameter?: string;
}

/**
 * Returns the canonical form of a request.
 *
 * S3 encodes the key once and does not change the path otherwise, because `a//b` and `a/./b` are different keys
 * ('verbatim'). Every other service removes dot segments and encodes the path as sent once more ('normalized').
 * Source: IAM User Guide, "Create a signed AWS API request", step 1.
 *
 * @throws URIError for a malformed percent escape
 */
export function canonicalRequest(parts: SignedParts, style: PathStyle): string {
  const { path, query } = splitTarget(parts.url);
  return [
    parts.method,
    style === 'verbatim' ? encodePath(decodeURIComponent(path)) : encodePath(removeDotSegments(path)),
    canonicalQuery(query, parts.omitParameter),
    ...parts.signedHeaders.map((name) => `${name}:${headerValue(parts.headers, name)}`),
    '',
    parts.signedHeaders.join(';'),
    parts.payloadHash,
  ].join('\n');
}

/** Path and query of a request target; the fragment never reaches a server. */
export function splitTarget(url: string): { path: string; query: string } {
  const mark = url.indexOf('?');
  return mark < 0 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark + 1) };
}

/**
 * Query parameters in the order sent, decoded. A `+` stays a plus sign: SigV4 knows only `%20` for a space.
 *
 * @throws URIError for a malformed percent escape
 */
export function queryParameters(query: string): [name: string, value: string][] {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const mark = pair.indexOf('=');
      const [name, value] = mark < 0 ? [pair, ''] : [pair.slice(0, mark), pair.slice(mark + 1)];
      return [decodeURIComponent(name), decodeURIComponent(value)];
    });
}

/** Percent-encodes all except the unreserved characters of RFC 3986, in UTF-8 with upper-case digits. */
function encodeRfc3986(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** `date/region/service/aws4_request`: where and when a signature is valid. */
export function credentialScope(timestamp: string, region: string, service: string): string {
  return `${timestamp.slice(0, 8)}/${region}/${service}/aws4_request`;
}

/** The text that the signing key signs for a request. `timestamp` is `YYYYMMDDTHHMMSSZ`. */
export function stringToSign(timestamp: string, scope: string, canonical: string): string {
  return [ALGORITHM, timestamp, scope, sha256(canonical)].join('\n');
}

/** The key of one day, region and service, derived from a secret access key. */
export function signingKey(secretAccessKey: string, scope: string): KeyObject {
  const name = `${secretAccessKey}/${scope}`;
  const known = signingKeys.get(name);
  if (known) return known;
  const secret = scope
    .split('/')
    .reduce<Buffer>((outer, part) => hmac(outer, part), Buffer.from(`AWS4${secretAccessKey}`));
  const key = createSecretKey(secret);
  // A scope contains a day. Keys of other days and of unused scopes must not accumulate.
  if (signingKeys.size >= MAX_SIGNING_KEYS) signingKeys.clear();
  signingKeys.set(name, key);
  return key;
}

/**
 * A key stays the same for a day, and deriving it costs more than the signature itself. Signing with a KeyObject is
 * six times as fast as with the bytes of the key.
 */
const signingKeys = new Map<string, KeyObject>();
/** Maximum number of cached keys: enough for a dozen callers, each with a few services. */
const MAX_SIGNING_KEYS = 500;

/** HMAC-SHA256 of a text in hexadecimal. */
export function sign(key: KeyObject, text: string): string {
  return hmac(key, text).toString('hex');
}

/** SHA-256 of a text or bytes in hexadecimal. */
export function sha256(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}

/** Compares two signatures in constant time. */
export function sameSignature(expected: string, given: string): boolean {
  const left = Buffer.from(expected);
  const right = Buffer.from(given);
  return left.length === right.length && timingSafeEqual(left, right);
}

function hmac(key: KeyObject | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function encodePath(path: string): string {
  return encodeRfc3986(path || '/').replaceAll('%2F', '/');
}

function removeDotSegments(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  return `/${kept.join('/')}${kept.length > 0 && path.endsWith('/') ? '/' : ''}`;
}

function canonicalQuery(query: string, omit: string | undefined): string {
  return queryParameters(query)
    .filter(([name]) => name !== omit)
    .map(([name, value]) => [encodeRfc3986(name), encodeRfc3986(value)] as const)
    .sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function headerValue(headers: IncomingHttpHeaders, name: string): string {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  const text = Array.isArray(value) ? value.join(',') : (value ?? '');
  return text.trim().replace(/\s+/g, ' ');
}
