import { createHash } from 'node:crypto';
import * as z from 'zod';
import { receiveText } from './body.ts';
import { type Operation, type S3Call, xmlReply } from './call.ts';
import {
  assertSameChecksum,
  type ChecksumAlgorithm,
  checksumElement,
  checksumHeader,
  compositeChecksum,
  fullObjectChecksum,
  type StoredChecksum,
} from './checksums.ts';
import { checkWrite } from './conditions.ts';
import type { Database } from './database.ts';
import { MAX_PARTS, requireUpload } from './multipart.ts';
import { findSummary, replaceObject, type StoredObject } from './object-index.ts';
import { quoted } from './objects.ts';
import { badDigest, invalidRequest, malformedXml, S3Error } from './s3-error.ts';
import { removeUpload, type StoredPart, type StoredUpload, scanParts } from './upload-index.ts';
import { elements, parseXml, xmlDocument } from './xml.ts';

/** Maximum size of a request: enough for 10,000 parts with number, ETag and checksum. */
const MAX_COMPLETE_BYTES = 8 * 1024 * 1024;
/** At least 5 MiB for every part except the last; 50 TB per object (S3 User Guide, "multipart upload limits"). */
const MIN_PART_BYTES = 5 * 1024 * 1024;
const MAX_OBJECT_BYTES = 50 * 1000 ** 4;

const namedPart = z.looseObject({ PartNumber: z.string().regex(/^\d{1,5}$/), ETag: z.string() });
type NamedPart = z.infer<typeof namedPart>;
const completeBody = z.object({ CompleteMultipartUpload: z.object({ Part: elements(namedPart) }) });

/** CompleteMultipartUpload: the object becomes the list of its parts' files, so no data is copied. */
export const completeUpload: Operation = async ({ database }, call) => {
  const { algorithm, type } = requireUpload(database, call);
  const body = parseXml(
    await receiveText(call, MAX_COMPLETE_BYTES, { checksumIsOfBody: false }),
    completeBody,
  );
  const named = body.CompleteMultipartUpload.Part;
  if (named.length === 0 || named.length > MAX_PARTS) throw malformedXml();
  const composite = type === 'COMPOSITE' && algorithm ? await compositeOf(algorithm, named) : undefined;
  const object = database.transaction((references) => {
    const upload = requireUpload(database, call);
    checkWrite(call.headers, findSummary(database, call.bucket, call.key));
    const parts = chooseParts(database, upload, named);
    const completed = joinParts(upload, parts, composite);
    assertWholeObject(call, upload, completed);
    references.add(completed.segments);
    removeUpload(database, references, upload.id);
    replaceObject(database, references, call, completed);
    return completed;
  });
  const { checksum } = object;
  return xmlReply(
    xmlDocument('CompleteMultipartUploadResult', {
      Location: `http://${call.headers.get('host')}/${call.bucket}/${encodeURI(call.key)}`,
      Bucket: call.bucket,
      Key: call.key,
      ETag: quoted(object.etag),
      ...(checksum
        ? { [checksumElement(checksum.algorithm)]: checksum.value, ChecksumType: checksum.type }
        : {}),
    }),
  );
};

/** Returns the parts that the client lists. They must be in ascending order and have the ETags that S3 returned. */
function chooseParts(database: Database, upload: StoredUpload, named: readonly NamedPart[]): StoredPart[] {
  const stored = new Map(scanParts(database, upload.id, 0, MAX_PARTS).map((part) => [part.number, part]));
  assertAscending(named);
  return named.map((name, index) => {
    const number = Number(name.PartNumber);
    const part = stored.get(number);
    if (!part || part.etag !== name.ETag.replace(/^"(.*)"$/, '$1')) throw invalidPart(number);
    assertPartChecksum(upload, part, name);
    if (part.size < MIN_PART_BYTES && index < named.length - 1) {
      throw new S3Error(400, 'EntityTooSmall', 'a part other than the last is smaller than 5 MiB', {
        PartNumber: String(number),
        ProposedSize: String(part.size),
        MinSizeAllowed: String(MIN_PART_BYTES),
      });
    }
    return part;
  });
}

function assertAscending(named: readonly NamedPart[]): void {
  const numbers = named.map((name) => Number(name.PartNumber));
  if (numbers.some((number, index) => number <= (numbers[index - 1] ?? 0))) {
    throw new S3Error(400, 'InvalidPartOrder', 'the list of parts is not in ascending order');
  }
}

/** Checks that the checksum of a part, if given, is correct. Composite checksums require it for each part. */
function assertPartChecksum(upload: StoredUpload, part: StoredPart, name: NamedPart): void {
  const { checksum } = part;
  const given = checksum && name[checksumElement(checksum.algorithm)];
  if (given === undefined && upload.type === 'COMPOSITE') {
    throw invalidRequest(
      `The upload was created using a ${upload.algorithm?.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${part.number} in the request.`,
    );
  }
  if (given !== undefined && given !== checksum?.value) throw invalidPart(part.number);
}

function joinParts(
  upload: StoredUpload,
  parts: readonly StoredPart[],
  composite: string | undefined,
): StoredObject {
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  if (size > MAX_OBJECT_BYTES) throw new S3Error(400, 'EntityTooLarge', 'the object is too large');
  const md5 = createHash('md5');
  for (const part of parts) md5.update(Buffer.from(part.etag, 'hex'));
  return {
    size,
    etag: `${md5.digest('hex')}-${parts.length}`,
    modified: Date.now(),
    headers: upload.headers,
    checksum: joinChecksums(upload, parts, composite),
    segments: parts.flatMap((part) => part.segments),
  };
}

/** The composite checksum from the client's list: `chooseParts` compares each entry's checksum with the part's. */
function compositeOf(algorithm: ChecksumAlgorithm, named: readonly NamedPart[]): Promise<string> {
  const values = named.map((name) => String(name[checksumElement(algorithm)] ?? ''));
  return compositeChecksum(algorithm, values);
}

function joinChecksums(
  { algorithm, type }: StoredUpload,
  parts: readonly StoredPart[],
  composite: string | undefined,
): StoredChecksum | undefined {
  if (!algorithm || !type) return undefined;
  if (composite !== undefined) return { algorithm, type, value: composite };
  const values = parts.map(({ checksum, size }) => ({ value: checksum?.value ?? '', size }));
  return { algorithm, type, value: fullObjectChecksum(algorithm, values) };
}

/** Checks size and checksum of the whole object, if the client sent them. */
function assertWholeObject(call: S3Call, upload: StoredUpload, object: StoredObject): void {
  const size = call.headers.get('x-amz-mp-object-size');
  if (size !== undefined && size !== String(object.size)) {
    throw invalidRequest(`x-amz-mp-object-size is ${size}, the parts have ${object.size} bytes`);
  }
  const type = call.headers.get('x-amz-checksum-type');
  if (type !== undefined && type !== upload.type) throw badDigest('x-amz-checksum-type');
  const { checksum } = object;
  if (!checksum) return;
  const given = call.headers.get(checksumHeader(checksum.algorithm));
  if (given === undefined) return;
  const whole = checksum.type === 'COMPOSITE' ? given.replace(/-\d+$/, '') : given;
  const calculated = checksum.type === 'COMPOSITE' ? checksum.value.replace(/-\d+$/, '') : checksum.value;
  assertSameChecksum(checksum.algorithm, whole, calculated);
}

function invalidPart(number: number): S3Error {
  return new S3Error(400, 'InvalidPart', 'a part was not found, or its ETag or checksum differs', {
    PartNumber: String(number),
  });
}
