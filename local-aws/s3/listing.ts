import * as z from 'zod';
import { readPageToken, writePageToken } from '../page-token.ts';
import { type Operation, type S3Call, xmlReply } from './call.ts';
import type { Database } from './database.ts';
import { afterPrefix, type KeyRange, type ObjectSummary, scanObjects } from './object-index.ts';
import { quoted } from './objects.ts';
import { invalidArgument, notImplemented } from './s3-error.ts';
import { encodeKey } from './stored-segments.ts';
import { xmlDocument } from './xml.ts';

/** 1,000 entries per page (S3 API reference, ListObjectsV2). */
const MAX_KEYS = 1000;

/** Where the next page starts: after a key, or after all keys under a common prefix. */
const listPosition = z.union([z.strictObject({ key: z.string() }), z.strictObject({ prefix: z.string() })]);
type Position = z.infer<typeof listPosition>;

interface Page {
  readonly objects: readonly ObjectSummary[];
  readonly prefixes: readonly string[];
  readonly next: Position | undefined;
}

/** ListObjectsV2 */
export const listObjects: Operation = ({ database }, call) => {
  const { query } = call;
  if (query.get('list-type') !== '2') throw invalidArgument('list-type must be 2');
  const maxKeys = pageSize(query.get('max-keys'), 'max-keys');
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after');
  const start: Position = token === undefined ? { key: startAfter ?? '' } : positionOf(token);
  const page = readPage(database, call.bucket, { prefix, delimiter, start, maxKeys });
  const encode = keyEncoder(call);
  return xmlReply(
    xmlDocument('ListBucketResult', {
      Name: call.bucket,
      Prefix: encode(prefix),
      StartAfter: startAfter === undefined ? undefined : encode(startAfter),
      ContinuationToken: token,
      NextContinuationToken: page.next && writePageToken(page.next),
      KeyCount: page.objects.length + page.prefixes.length,
      MaxKeys: maxKeys,
      Delimiter: delimiter === '' ? undefined : encode(delimiter),
      IsTruncated: page.next !== undefined,
      EncodingType: query.get('encoding-type'),
      Contents: page.objects.map((object) => ({
        Key: encode(object.key),
        LastModified: new Date(object.modified).toISOString(),
        ETag: quoted(object.etag),
        Size: object.size,
        StorageClass: 'STANDARD',
      })),
      CommonPrefixes: page.prefixes.map((each) => ({ Prefix: encode(each) })),
    }),
  );
};

/** ListObjectVersions of a bucket without versioning: each object has one version with the id `null`. */
export const listVersions: Operation = ({ database }, call) => {
  const { query } = call;
  if (query.get('delimiter')) throw notImplemented('a delimiter in ListObjectVersions');
  const maxKeys = pageSize(query.get('max-keys'), 'max-keys');
  const prefix = query.get('prefix') ?? '';
  const marker = query.get('key-marker') ?? '';
  const page = readPage(database, call.bucket, { prefix, delimiter: '', start: { key: marker }, maxKeys });
  const encode = keyEncoder(call);
  const last = page.next && page.objects.at(-1);
  return xmlReply(
    xmlDocument('ListVersionsResult', {
      Name: call.bucket,
      Prefix: encode(prefix),
      KeyMarker: encode(marker),
      VersionIdMarker: '',
      NextKeyMarker: last && encode(last.key),
      NextVersionIdMarker: last && 'null',
      MaxKeys: maxKeys,
      IsTruncated: page.next !== undefined,
      EncodingType: query.get('encoding-type'),
      Version: page.objects.map((object) => ({
        Key: encode(object.key),
        VersionId: 'null',
        IsLatest: true,
        LastModified: new Date(object.modified).toISOString(),
        ETag: quoted(object.etag),
        Size: object.size,
        StorageClass: 'STANDARD',
      })),
    }),
  );
};

interface PageRequest {
  readonly prefix: string;
  readonly delimiter: string;
  readonly start: Position;
  readonly maxKeys: number;
}

/**
 * Reads one page. One look-up skips all keys that share a common prefix, and the first batches of rows are small. So
 * the cost depends on the number of listed entries, not on the number of objects under them.
 */
function readPage(database: Database, bucket: string, request: PageRequest): Page {
  const objects: ObjectSummary[] = [];
  const prefixes: string[] = [];
  let position = request.start;
  let batch = request.delimiter === '' ? request.maxKeys + 1 : 1;
  while (request.maxKeys > 0) {
    const room = request.maxKeys - objects.length - prefixes.length;
    const limit = Math.min(batch, room + 1);
    const range = rangeFrom(position, request.prefix);
    const rows = range ? scanObjects(database, bucket, range, limit) : [];
    const group = rows.findIndex(({ key }) => commonPrefix(key, request) !== undefined);
    const plain = rows.slice(0, group < 0 ? room : Math.min(group, room));
    objects.push(...plain);
    const last = plain.at(-1);
    if (last) position = { key: last.key };
    if (plain.length < rows.length) {
      if (plain.length === room) return { objects, prefixes, next: position };
      const prefix = commonPrefix(rows[group]?.key ?? '', request) ?? '';
      prefixes.push(prefix);
      position = { prefix };
      batch = 1;
    } else if (rows.length < limit) break;
    else batch *= 2;
  }
  return { objects, prefixes, next: undefined };
}

/** The range of keys after a position; undefined when it is empty. */
function rangeFrom(start: Position, prefix: string): KeyRange | undefined {
  const first = encodeKey(prefix);
  const before = afterPrefix(prefix);
  const from = 'key' in start ? encodeKey(start.key) : afterPrefix(start.prefix);
  if (!from || (before && Buffer.compare(from, before) >= 0)) return undefined;
  if (Buffer.compare(from, first) < 0) return { from: first, inclusive: true, before };
  const inclusive = 'prefix' in start || start.key === '';
  return { from, inclusive, before };
}

/** The part of a key up to the first delimiter after the prefix. */
function commonPrefix(key: string, { prefix, delimiter }: PageRequest): string | undefined {
  const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
  return end < 0 ? undefined : key.slice(0, end + delimiter.length);
}

/** Parses a page size. The maximum is 1,000; as in S3, a larger number is not an error. */
export function pageSize(text: string | undefined, parameter: string): number {
  if (text === undefined || text === '') return MAX_KEYS;
  if (!/^\d{1,10}$/.test(text)) throw invalidArgument(`${parameter} must be a number of at least 0`);
  return Math.min(Number(text), MAX_KEYS);
}

/** Returns the encoder of names: `encoding-type=url` requests percent-encoding, as XML 1.0 excludes some characters. */
export function keyEncoder(call: S3Call): (key: string) => string {
  const type = call.query.get('encoding-type');
  if (type !== undefined && type !== 'url') throw invalidArgument('encoding-type must be url');
  return type === 'url' ? (key) => encodeURIComponent(key).replaceAll('%2F', '/') : (key) => key;
}

function positionOf(token: string): Position {
  const toError = () => invalidArgument('The continuation token provided is incorrect');
  return readPageToken(listPosition, token, toError);
}
