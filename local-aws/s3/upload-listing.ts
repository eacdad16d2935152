import { type Operation, xmlReply } from './call.ts';
import { checksumElement } from './checksums.ts';
import { keyEncoder, pageSize } from './listing.ts';
import { requireUpload } from './multipart.ts';
import { afterPrefix } from './object-index.ts';
import { quoted } from './objects.ts';
import { invalidArgument, notImplemented } from './s3-error.ts';
import { encodeKey } from './stored-segments.ts';
import { scanParts, scanUploads } from './upload-index.ts';
import { xmlDocument } from './xml.ts';

/** ListParts */
export const listParts: Operation = ({ database }, call) => {
  const upload = requireUpload(database, call);
  const limit = pageSize(call.query.get('max-parts'), 'max-parts');
  const marker = call.query.get('part-number-marker') ?? '0';
  if (!/^\d{1,5}$/.test(marker)) throw invalidArgument('part-number-marker must be a number');
  const found = scanParts(database, upload.id, Number(marker), limit + 1);
  const parts = found.slice(0, limit);
  const truncated = found.length > limit;
  return xmlReply(
    xmlDocument('ListPartsResult', {
      Bucket: call.bucket,
      Key: keyEncoder(call)(call.key),
      UploadId: upload.id,
      PartNumberMarker: marker,
      // Also on the last page, and 0 if the upload has no parts (aws-sdk-go-v2, issue 1140).
      NextPartNumberMarker: parts.at(-1)?.number ?? 0,
      MaxParts: limit,
      IsTruncated: truncated,
      StorageClass: 'STANDARD',
      ChecksumAlgorithm: upload.algorithm ?? undefined,
      ChecksumType: upload.type ?? undefined,
      Part: parts.map(({ number, modified, etag, size, checksum }) => ({
        PartNumber: number,
        LastModified: new Date(modified).toISOString(),
        ETag: quoted(etag),
        Size: size,
        ...(checksum ? { [checksumElement(checksum.algorithm)]: checksum.value } : {}),
      })),
    }),
  );
};

/** ListMultipartUploads */
export const listUploads: Operation = ({ database }, call) => {
  const { query } = call;
  if (query.get('delimiter')) throw notImplemented('a delimiter in ListMultipartUploads');
  const limit = pageSize(query.get('max-uploads'), 'max-uploads');
  const prefix = query.get('prefix') ?? '';
  const keyMarker = query.get('key-marker') ?? '';
  const idMarker = query.get('upload-id-marker') ?? '';
  const { range, afterId } = markedRange(prefix, keyMarker, idMarker);
  const found = scanUploads(database, call.bucket, range, { afterId, limit: limit + 1 });
  const uploads = found.slice(0, limit);
  const last = found.length > limit ? uploads.at(-1) : undefined;
  const encode = keyEncoder(call);
  return xmlReply(
    xmlDocument('ListMultipartUploadsResult', {
      Bucket: call.bucket,
      Prefix: encode(prefix),
      KeyMarker: encode(keyMarker),
      UploadIdMarker: idMarker,
      NextKeyMarker: last && encode(last.key),
      NextUploadIdMarker: last?.id,
      MaxUploads: limit,
      IsTruncated: last !== undefined,
      EncodingType: query.get('encoding-type'),
      Upload: uploads.map(({ id, key, created, algorithm, type }) => ({
        Key: encode(key),
        UploadId: id,
        Initiated: new Date(created).toISOString(),
        StorageClass: 'STANDARD',
        ChecksumAlgorithm: algorithm ?? undefined,
        ChecksumType: type ?? undefined,
      })),
    }),
  );
};

/** The range after the markers. With an id marker, it includes the uploads of the marked key after that id. */
function markedRange(prefix: string, keyMarker: string, idMarker: string) {
  const [first, marker] = [encodeKey(prefix), encodeKey(keyMarker)];
  const before = afterPrefix(prefix);
  const beyond = keyMarker !== '' && Buffer.compare(marker, first) >= 0;
  if (!beyond) return { range: { from: first, inclusive: true, before }, afterId: '' };
  return { range: { from: marker, inclusive: idMarker !== '', before }, afterId: idMarker };
}
