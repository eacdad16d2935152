import { randomBytes } from 'node:crypto';
import type { Segment } from './blobs.ts';
import { type Received, receiveBody } from './body.ts';
import { type Operation, type S3Call, type Storage, xmlReply } from './call.ts';
import {
  algorithmOf,
  type ChecksumAlgorithm,
  type ChecksumType,
  checksumHeaders,
  checksumType,
  declaredChecksum,
} from './checksums.ts';
import { copyResult, digestRange, findSource } from './copy.ts';
import type { Database } from './database.ts';
import { assertKey, quoted } from './objects.ts';
import { parseCopyRange } from './range.ts';
import { invalidArgument, invalidRequest, noSuchUpload } from './s3-error.ts';
import { storedHeaders } from './stored-headers.ts';
import {
  findUpload,
  insertUpload,
  removeUpload,
  replacePart,
  type StoredPart,
  type StoredUpload,
} from './upload-index.ts';
import { xmlDocument } from './xml.ts';

/** Parts are numbered 1 to 10,000 (S3 User Guide, "Amazon S3 multipart upload limits"). */
export const MAX_PARTS = 10_000;

/** CreateMultipartUpload */
export const createUpload: Operation = ({ database }, call) => {
  assertKey(call.key);
  const { bucket, key } = call;
  const id = randomBytes(32).toString('base64url');
  const { algorithm, type } = uploadChecksum(call.headers);
  const headers = storedHeaders(call.headers);
  insertUpload(database, { id, bucket, key, created: Date.now(), headers, algorithm, type });
  return xmlReply(
    xmlDocument('InitiateMultipartUploadResult', { Bucket: bucket, Key: key, UploadId: id }),
    algorithm && type ? { 'x-amz-checksum-algorithm': algorithm, 'x-amz-checksum-type': type } : {},
  );
};

/** UploadPart */
export const uploadPart: Operation = async ({ database, blobs }, call) => {
  const number = partNumber(call);
  const upload = requireUpload(database, call);
  const algorithm = partAlgorithm(upload, declaredChecksum(call.headers)?.algorithm);
  const { blob, result } = await blobs.write((sink) => receiveBody(call, sink, { algorithm }));
  try {
    const part = partOf(number, result, [{ blob, start: 0, size: result.size }]);
    storePart(database, call, part);
    return { status: 200, headers: { etag: quoted(part.etag), ...checksumHeaders(result.checksum) } };
  } catch (error) {
    blobs.discard([blob]);
    throw error;
  }
};

/** UploadPartCopy: the part shares the files of its source. */
export const uploadPartCopy: Operation = async (storage, call) => {
  const { database, blobs } = storage;
  const number = partNumber(call);
  const upload = requireUpload(database, call);
  const { source } = findSource(storage, call.headers);
  const header = call.headers.get('x-amz-copy-source-range');
  const range =
    header === undefined ? { start: 0, end: source.size - 1 } : parseCopyRange(header, source.size);
  const copied = { start: range.start, size: range.end - range.start + 1 };
  const release = blobs.pin(source.segments);
  try {
    const result = await digestRange(blobs, source, copied, upload.algorithm ?? undefined);
    const part = partOf(number, result, result.segments);
    storePart(database, call, part);
    return xmlReply(xmlDocument('CopyPartResult', copyResult(part)));
  } finally {
    release();
  }
};

/** AbortMultipartUpload */
export const abortUpload: Operation = ({ database }, call) => {
  database.transaction((references) => {
    removeUpload(database, references, requireUpload(database, call).id);
  });
  return { status: 204 };
};

/**
 * Returns the upload of a call, which must belong to the call's bucket and key.
 *
 * @throws S3Error NoSuchUpload
 */
export function requireUpload(database: Database, { query, bucket, key }: S3Call): StoredUpload {
  const id = query.get('uploadId') ?? '';
  const upload = findUpload(database, id);
  if (!upload || upload.bucket !== bucket || upload.key !== key) throw noSuchUpload(id);
  return upload;
}

/** Looks up the upload again, because it may have been aborted while the part arrived. */
function storePart(database: Storage['database'], call: S3Call, part: StoredPart): void {
  database.transaction((references) => {
    replacePart(database, references, requireUpload(database, call).id, part);
  });
}

function partOf(number: number, received: Received, segments: readonly Segment[]): StoredPart {
  return {
    number,
    size: received.size,
    etag: received.md5.toString('hex'),
    modified: Date.now(),
    checksum: received.checksum,
    segments,
  };
}

function partNumber({ query }: S3Call): number {
  const text = query.get('partNumber') ?? '';
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > MAX_PARTS) {
    throw invalidArgument(`Part number must be an integer between 1 and ${MAX_PARTS}, inclusive`);
  }
  return number;
}

/** The default type is FULL_OBJECT for CRC64NVME and COMPOSITE for all others (CreateMultipartUpload). */
function uploadChecksum(headers: ReadonlyMap<string, string>): {
  algorithm: ChecksumAlgorithm | null;
  type: ChecksumType | null;
} {
  const name = headers.get('x-amz-checksum-algorithm');
  const wanted = headers.get('x-amz-checksum-type');
  if (name === undefined) {
    if (wanted !== undefined) throw invalidRequest('x-amz-checksum-type needs x-amz-checksum-algorithm');
    return { algorithm: null, type: null };
  }
  const algorithm = algorithmOf(name);
  const type = checksumType.safeParse(wanted ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE'));
  if (!type.success) throw invalidRequest(`'${wanted}' is not a checksum type`);
  const whole = type.data === 'FULL_OBJECT';
  if (whole ? !algorithm.startsWith('CRC') : algorithm === 'CRC64NVME') {
    throw invalidRequest(`the ${type.data} checksum type cannot be used with ${algorithm}`);
  }
  return { algorithm, type: type.data };
}

/** Returns the algorithm to calculate for a part: that of the upload, which a part cannot change. */
function partAlgorithm(
  upload: StoredUpload,
  given: ChecksumAlgorithm | undefined,
): ChecksumAlgorithm | undefined {
  const { algorithm, type } = upload;
  if (!algorithm) return undefined;
  if (given === algorithm || (given === undefined && type === 'FULL_OBJECT')) return algorithm;
  const actual = given?.toLowerCase() ?? 'null';
  throw invalidRequest(
    `Checksum Type mismatch occurred, expected checksum Type: ${algorithm.toLowerCase()}, actual checksum Type: ${actual}`,
  );
}
