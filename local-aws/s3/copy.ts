import { type BlobStore, sliceSegments } from './blobs.ts';
import { consume, MAX_UPLOAD_BYTES } from './body.ts';
import { findBucket } from './bucket-index.ts';
import { type Operation, type Storage, xmlReply } from './call.ts';
import { algorithmOf, type ChecksumAlgorithm, checksumElement, type StoredChecksum } from './checksums.ts';
import { COPY_CONDITIONS, checkRead, checkWrite } from './conditions.ts';
import { findObject, findSummary, replaceObject, type StoredObject } from './object-index.ts';
import { assertKey, quoted } from './objects.ts';
import {
  invalidArgument,
  invalidRequest,
  noSuchBucket,
  noSuchKey,
  notImplemented,
  preconditionFailed,
} from './s3-error.ts';
import { storedHeaders } from './stored-headers.ts';
import { type XmlFields, xmlDocument } from './xml.ts';

/** CopyObject: the copy shares the files of its source. */
export const copyObject: Operation = async (storage, call) => {
  const { database, blobs } = storage;
  assertKey(call.key);
  const { source, bucket, key } = findSource(storage, call.headers);
  if (source.size > MAX_UPLOAD_BYTES) {
    throw invalidRequest('a source larger than 5 GiB is copied in parts');
  }
  const headers = copiedHeaders(call.headers, source, bucket === call.bucket && key === call.key);
  const release = blobs.pin(source.segments);
  try {
    const digests = await copiedDigests(blobs, source, requestedAlgorithm(call.headers));
    const copy: StoredObject = { ...source, ...digests, headers, modified: Date.now() };
    database.transaction((references) => {
      checkWrite(call.headers, findSummary(database, call.bucket, call.key));
      references.add(copy.segments);
      replaceObject(database, references, call, copy);
    });
    return xmlReply(xmlDocument('CopyObjectResult', copyResult(copy)));
  } finally {
    release();
  }
};

/** The elements that describe a copy in a response. */
export function copyResult(copy: {
  readonly etag: string;
  readonly modified: number;
  readonly checksum?: StoredChecksum | undefined;
}): XmlFields {
  const { checksum } = copy;
  return {
    LastModified: new Date(copy.modified).toISOString(),
    ETag: quoted(copy.etag),
    ...(checksum
      ? { [checksumElement(checksum.algorithm)]: checksum.value, ChecksumType: checksum.type }
      : {}),
  };
}

/**
 * Returns the object that `x-amz-copy-source` names, if its conditions hold.
 *
 * @throws S3Error NoSuchKey, PreconditionFailed, InvalidArgument
 */
export function findSource({ database }: Storage, headers: ReadonlyMap<string, string>) {
  const { bucket, key } = parseCopySource(headers.get('x-amz-copy-source') ?? '');
  if (!findBucket(database, bucket)) throw noSuchBucket(bucket);
  const source = findObject(database, bucket, key);
  if (!source) throw noSuchKey(key);
  if (checkRead(headers, source, COPY_CONDITIONS) === 'not-modified') {
    throw preconditionFailed(COPY_CONDITIONS.noneMatch);
  }
  return { source, bucket, key };
}

/** `bucket/key` or `/bucket/key`, percent-encoded. */
function parseCopySource(header: string): { bucket: string; key: string } {
  if (header.includes('?versionId=')) throw notImplemented('versions');
  let text: string;
  try {
    text = decodeURIComponent(header).replace(/^\//, '');
  } catch {
    throw invalidArgument('x-amz-copy-source must be URL-encoded');
  }
  const slash = text.indexOf('/');
  if (slash < 1 || slash === text.length - 1) {
    throw invalidArgument('x-amz-copy-source must name a bucket and a key');
  }
  return { bucket: text.slice(0, slash), key: text.slice(slash + 1) };
}

function copiedHeaders(headers: ReadonlyMap<string, string>, source: StoredObject, ontoItself: boolean) {
  const directive = headers.get('x-amz-metadata-directive') ?? 'COPY';
  if (directive !== 'COPY' && directive !== 'REPLACE') {
    throw invalidArgument(`unknown metadata directive ${directive}`);
  }
  const own = storedHeaders(headers);
  if (directive === 'REPLACE') return own;
  if (ontoItself) throw invalidRequest('a copy of an object onto itself must change its metadata');
  return source.headers;
}

function requestedAlgorithm(headers: ReadonlyMap<string, string>): ChecksumAlgorithm | undefined {
  const name = headers.get('x-amz-checksum-algorithm');
  return name === undefined ? undefined : algorithmOf(name);
}

/**
 * Returns ETag and checksum of a copy, which has a single part even if its source had several. Reads the data only if
 * those of the source cannot be used.
 */
async function copiedDigests(
  blobs: BlobStore,
  source: StoredObject,
  requested: ChecksumAlgorithm | undefined,
): Promise<{ etag: string; checksum: StoredChecksum | undefined }> {
  const { checksum } = source;
  const algorithm = requested ?? checksum?.algorithm;
  const sameChecksum = algorithm === checksum?.algorithm && checksum?.type !== 'COMPOSITE';
  if (sameChecksum && !source.etag.includes('-')) return { etag: source.etag, checksum };
  const received = await digestRange(blobs, source, { start: 0, size: source.size }, algorithm);
  return { etag: received.md5.toString('hex'), checksum: received.checksum };
}

/** Calculates the digests of a byte range of an object, and returns them with its segments. */
export async function digestRange(
  blobs: BlobStore,
  source: StoredObject,
  { start, size }: { readonly start: number; readonly size: number },
  algorithm: ChecksumAlgorithm | undefined,
) {
  const checksum = algorithm && { algorithm, value: undefined };
  const data = blobs.read(source.segments, start, size);
  const received = await consume(
    data,
    { length: size, maxBytes: MAX_UPLOAD_BYTES, checksum },
    async () => {},
  );
  return { ...received, segments: sliceSegments(source.segments, start, size) };
}
