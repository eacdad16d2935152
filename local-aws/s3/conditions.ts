import { preconditionFailed, S3Error } from './s3-error.ts';

interface Version {
  readonly etag: string;
  /** Milliseconds since the epoch. */
  readonly modified: number;
}

/** The names of the headers of conditions; for the source of a copy they have a prefix. */
interface ConditionNames {
  readonly match: string;
  readonly noneMatch: string;
  readonly modifiedSince: string;
  readonly unmodifiedSince: string;
}

const REQUEST_CONDITIONS: ConditionNames = {
  match: 'if-match',
  noneMatch: 'if-none-match',
  modifiedSince: 'if-modified-since',
  unmodifiedSince: 'if-unmodified-since',
};

export const COPY_CONDITIONS: ConditionNames = {
  match: 'x-amz-copy-source-if-match',
  noneMatch: 'x-amz-copy-source-if-none-match',
  modifiedSince: 'x-amz-copy-source-if-modified-since',
  unmodifiedSince: 'x-amz-copy-source-if-unmodified-since',
};

/**
 * Evaluates the conditions of a read. An ETag has precedence over a time (S3 API reference, GetObject).
 *
 * @returns 'not-modified' when the client already has this version
 * @throws S3Error PreconditionFailed
 */
export function checkRead(
  headers: ReadonlyMap<string, string>,
  version: Version,
  names: ConditionNames = REQUEST_CONDITIONS,
): 'read' | 'not-modified' {
  const match = headers.get(names.match);
  const noneMatch = headers.get(names.noneMatch);
  const unmodifiedSince = time(headers.get(names.unmodifiedSince));
  const modifiedSince = time(headers.get(names.modifiedSince));
  const modified = Math.floor(version.modified / 1000) * 1000;
  if (match !== undefined) {
    if (!listsEtag(match, version.etag)) throw preconditionFailed(names.match);
  } else if (unmodifiedSince !== undefined && modified > unmodifiedSince) {
    throw preconditionFailed(names.unmodifiedSince);
  }
  if (noneMatch !== undefined) return listsEtag(noneMatch, version.etag) ? 'not-modified' : 'read';
  return modifiedSince !== undefined && modified <= modifiedSince ? 'not-modified' : 'read';
}

/**
 * Evaluates the conditions of a write against the current object of the key (S3 User Guide, "Conditional writes").
 *
 * @throws S3Error PreconditionFailed; NoSuchKey for If-Match when the key does not exist
 */
export function checkWrite(
  headers: ReadonlyMap<string, string>,
  current: { readonly etag: string } | undefined,
): void {
  const match = headers.get('if-match');
  const noneMatch = headers.get('if-none-match');
  if (noneMatch !== undefined && noneMatch !== '*') {
    throw new S3Error(501, 'NotImplemented', 'If-None-Match of a write can only be *');
  }
  if (noneMatch === '*' && current) throw preconditionFailed('If-None-Match');
  if (match === undefined) return;
  if (!current) throw new S3Error(404, 'NoSuchKey', 'the key of the If-Match condition does not exist');
  if (!listsEtag(match, current.etag)) throw preconditionFailed('If-Match');
}

/** Whether a list of ETags, or `*`, matches an ETag. */
function listsEtag(list: string, etag: string): boolean {
  return list.split(',').some((item) => {
    const name = item.trim();
    return name === '*' || name.replace(/^W\//, '').replace(/^"(.*)"$/, '$1') === etag;
  });
}

function time(text: string | undefined): number | undefined {
  const value = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(value) ? undefined : value;
}
