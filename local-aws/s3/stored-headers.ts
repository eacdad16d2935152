import { invalidArgument, notImplemented, S3Error } from './s3-error.ts';

/** The headers that S3 stores with an object and returns (S3 User Guide, "Working with object metadata"). */
const SYSTEM_HEADERS = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
];

/** 2 KB of names and values (same page). */
const MAX_METADATA_BYTES = 2048;

/** Headers of unsupported features. Ignoring them would change the meaning of the request. */
const UNSUPPORTED =
  /^x-amz-(server-side-encryption-(customer|aws)|copy-source-server-side|object-lock|tagging$|website-redirect|grant-|write-offset)/;

/**
 * Returns the headers to store with a new object.
 *
 * @throws S3Error MetadataTooLarge; NotImplemented for encryption with customer-provided keys, locks, tags, ACLs
 */
export function storedHeaders(headers: ReadonlyMap<string, string>): Record<string, string> {
  rejectUnsupported(headers);
  const stored: Record<string, string> = { 'content-type': 'binary/octet-stream' };
  let metadataBytes = 0;
  for (const [name, value] of headers) {
    const isMetadata = name.startsWith('x-amz-meta-');
    if (!isMetadata && !SYSTEM_HEADERS.includes(name)) continue;
    if (isMetadata) metadataBytes += Buffer.byteLength(name.slice('x-amz-meta-'.length) + value);
    stored[name] = headerText(value);
  }
  if (metadataBytes > MAX_METADATA_BYTES) {
    throw new S3Error(400, 'MetadataTooLarge', 'the metadata headers exceed the maximum allowed size', {
      MaxSizeAllowed: String(MAX_METADATA_BYTES),
    });
  }
  return withoutFraming(stored);
}

const OVERRIDES: Readonly<Record<string, string>> = {
  'response-cache-control': 'cache-control',
  'response-content-disposition': 'content-disposition',
  'response-content-encoding': 'content-encoding',
  'response-content-language': 'content-language',
  'response-content-type': 'content-type',
  'response-expires': 'expires',
};

/** The headers in the query of a read, which override the stored ones. */
export function overriddenHeaders(query: ReadonlyMap<string, string>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [parameter, name] of Object.entries(OVERRIDES)) {
    const value = query.get(parameter);
    if (value) headers[name] = wireText(headerText(value));
  }
  return headers;
}

/** Stored headers in a form that HTTP can carry. */
export function returnedHeaders(stored: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(stored).map(([name, value]) => [name, wireText(value)]));
}

/** Rejects values that would start another header, or that Node cannot send. */
function headerText(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to reject
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value)) {
    throw invalidArgument('a header value cannot hold control characters');
  }
  return value;
}

/** Encodes values with characters beyond Latin-1 by RFC 2047, as S3 does: HTTP cannot carry them. */
function wireText(value: string): string {
  const plain = [...value].every((character) => character.charCodeAt(0) <= 0xff);
  return plain ? value : `=?UTF-8?B?${Buffer.from(value).toString('base64')}?=`;
}

/** `aws-chunked` describes the request, not the object. */
function withoutFraming(stored: Record<string, string>): Record<string, string> {
  const { 'content-encoding': encoding, ...others } = stored;
  const kept = (encoding ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && part.toLowerCase() !== 'aws-chunked');
  return kept.length === 0 ? others : { ...others, 'content-encoding': kept.join(',') };
}

function rejectUnsupported(headers: ReadonlyMap<string, string>): void {
  for (const name of headers.keys()) if (UNSUPPORTED.test(name)) throw notImplemented(`header ${name}`);
  const storageClass = headers.get('x-amz-storage-class') ?? 'STANDARD';
  if (storageClass !== 'STANDARD') throw notImplemented(`storage class ${storageClass}`);
  const encryption = headers.get('x-amz-server-side-encryption') ?? 'AES256';
  if (encryption !== 'AES256') throw notImplemented(`encryption ${encryption}`);
  const acl = headers.get('x-amz-acl') ?? 'private';
  if (acl !== 'private' && acl !== 'bucket-owner-full-control') {
    throw new S3Error(400, 'AccessControlListNotSupported', 'The bucket does not allow ACLs');
  }
}
