import * as z from 'zod';
import type { Segment } from './blobs.ts';
import { receiveBody, receiveText } from './body.ts';
import { type Operation, type S3Call, type S3Reply, type Storage, xmlReply } from './call.ts';
import { checksumHeaders } from './checksums.ts';
import { checkRead, checkWrite } from './conditions.ts';
import { findObject, findSummary, removeObject, replaceObject, type StoredObject } from './object-index.ts';
import { parseRange } from './range.ts';
import { invalidRequest, malformedXml, noSuchKey, S3Error } from './s3-error.ts';
import { overriddenHeaders, returnedHeaders, storedHeaders } from './stored-headers.ts';
import { elements, parseXml, xmlDocument } from './xml.ts';

/** Maximum length of a key in bytes of UTF-8 (S3 User Guide, "Naming Amazon S3 objects"). */
const MAX_KEY_BYTES = 1024;
/** 1,000 keys per request (S3 API reference, DeleteObjects), each at most 1,024 bytes before escaping. */
const MAX_DELETE_KEYS = 1000;
const MAX_DELETE_BYTES = 8 * 1024 * 1024;

/** PutObject. Evaluates the conditions before it receives the body, and again afterwards. */
export const putObject: Operation = async ({ database, blobs }, call) => {
  assertKey(call.key);
  const headers = storedHeaders(call.headers);
  checkWrite(call.headers, findSummary(database, call.bucket, call.key));
  const { blob, result: received } = await blobs.write((sink) => receiveBody(call, sink));
  const segments: Segment[] = [{ blob, start: 0, size: received.size }];
  const object: StoredObject = {
    size: received.size,
    etag: received.md5.toString('hex'),
    modified: Date.now(),
    headers,
    checksum: received.checksum,
    segments,
  };
  try {
    database.transaction((references) => {
      checkWrite(call.headers, findSummary(database, call.bucket, call.key));
      references.add(segments);
      replaceObject(database, references, call, object);
    });
  } catch (error) {
    blobs.discard([blob]);
    throw error;
  }
  return { status: 200, headers: { etag: quoted(object.etag), ...checksumHeaders(object.checksum) } };
};

/** GetObject */
export const getObject: Operation = (storage, call) => readObject(storage, call, true);

/** HeadObject */
export const headObject: Operation = (storage, call) => readObject(storage, call, false);

function readObject({ database, blobs }: Storage, call: S3Call, withBody: boolean): S3Reply {
  const object = findObject(database, call.bucket, call.key);
  if (!object) throw noSuchKey(call.key);
  const identity = { etag: quoted(object.etag), 'last-modified': new Date(object.modified).toUTCString() };
  if (checkRead(call.headers, object) === 'not-modified') return { status: 304, headers: identity };
  const range = requestedRange(call.headers, object);
  const start = range?.start ?? 0;
  const size = range ? range.end - range.start + 1 : object.size;
  const wantsChecksum = call.headers.get('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED' && !range;
  const headers = {
    ...returnedHeaders(object.headers),
    ...overriddenHeaders(call.query),
    ...identity,
    'accept-ranges': 'bytes',
    'content-length': String(size),
    ...(range ? { 'content-range': `bytes ${range.start}-${range.end}/${object.size}` } : {}),
    ...(wantsChecksum ? checksumHeaders(object.checksum) : {}),
  };
  const status = range ? 206 : 200;
  if (!withBody) return { status, headers };
  const release = blobs.pin(object.segments);
  const source = blobs.read(object.segments, start, size);
  return { status, headers, body: { size, source, release } };
}

/** Returns the requested range; none if `If-Range` shows that the object changed since the client read a part of it. */
function requestedRange(headers: ReadonlyMap<string, string>, object: StoredObject) {
  const ifRange = headers.get('if-range');
  const changed = ifRange !== undefined && ifRange !== quoted(object.etag);
  return changed ? undefined : parseRange(headers.get('range'), object.size);
}

/** DeleteObject */
export const deleteObject: Operation = ({ database }, call) => {
  database.transaction((references) => {
    if (call.headers.has('if-match')) checkWrite(call.headers, findSummary(database, call.bucket, call.key));
    removeObject(database, references, call.bucket, call.key);
  });
  return { status: 204 };
};

const deleteBody = z.object({
  Delete: z.object({
    // Without versioning, each object has one version with the id `null` (S3 user guide, "Using versioning").
    Object: elements(z.strictObject({ Key: z.string().min(1), VersionId: z.literal('null').optional() })),
    Quiet: z.enum(['true', 'false', '']).optional(),
  }),
});

/** DeleteObjects */
export const deleteObjects: Operation = async ({ database }, call) => {
  const names = [...call.headers.keys()];
  if (!names.includes('content-md5') && !names.some((name) => /^x-amz-(checksum-|trailer)/.test(name))) {
    throw invalidRequest('DeleteObjects needs a Content-MD5 or an x-amz-checksum- header');
  }
  const { Delete } = parseXml(await receiveText(call, MAX_DELETE_BYTES), deleteBody);
  const keys = Delete.Object.map((object) => object.Key);
  if (keys.length === 0 || keys.length > MAX_DELETE_KEYS) throw malformedXml();
  database.transaction((references) => {
    for (const key of keys) removeObject(database, references, call.bucket, key);
  });
  const deleted = Delete.Quiet === 'true' ? [] : keys.map((Key) => ({ Key }));
  return { ...xmlReply(xmlDocument('DeleteResult', { Deleted: deleted })), keys };
};

/** @throws S3Error KeyTooLongError */
export function assertKey(key: string): void {
  const bytes = Buffer.byteLength(key);
  if (bytes > MAX_KEY_BYTES) {
    throw new S3Error(400, 'KeyTooLongError', 'Your key is too long', {
      Size: String(bytes),
      MaxSizeAllowed: String(MAX_KEY_BYTES),
    });
  }
}

export function quoted(etag: string): string {
  return `"${etag}"`;
}
