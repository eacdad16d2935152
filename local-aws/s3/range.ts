import { S3Error } from './s3-error.ts';

/** Bytes from `start` to `end`, inclusive. */
interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Parses a `Range` header with one range, for an object of `size` bytes (RFC 9110, section 14). Ignores a header that
 * is malformed or has several ranges, as S3 does; the response is then the whole object.
 *
 * @throws S3Error InvalidRange (416) when nothing of the object is in the range
 */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  const match = header === undefined ? null : /^bytes=(\d*)-(\d*)$/.exec(header.trim());
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const [, first = '', last = ''] = match;
  const suffix = first === '';
  const start = suffix ? Math.max(size - Number(last), 0) : Number(first);
  const end = suffix || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (!suffix && last !== '' && Number(last) < start) return undefined;
  if (start > end) throw unsatisfiable(header ?? '', size);
  return { start, end };
}

/** Parses the range of a part copy, which must be within the source. */
export function parseCopyRange(header: string, size: number): ByteRange {
  const match = /^bytes=(\d+)-(\d+)$/.exec(header.trim());
  if (!match) {
    throw new S3Error(400, 'InvalidArgument', 'x-amz-copy-source-range must have the form bytes=first-last');
  }
  const range = { start: Number(match[1]), end: Number(match[2]) };
  if (range.start > range.end || range.end >= size) {
    throw new S3Error(400, 'InvalidRange', `the range lies outside the source of ${size} bytes`);
  }
  return range;
}

function unsatisfiable(requested: string, size: number): S3Error {
  return new S3Error(
    416,
    'InvalidRange',
    'The requested range is not satisfiable',
    { RangeRequested: requested, ActualObjectSize: String(size) },
    { 'content-range': `bytes */${size}` },
  );
}
