import { invalid } from '../errors.ts';
import { MAX_NAME_LENGTH } from '../users/user.ts';

/**
 * The name under which an upload is listed: no folders, ASCII letters, digits, `_`, `.` and `-` only; accents
 * are dropped, blanks become `_`, dots and underscores at the ends go (flowServ HTTP API, uploads). It is
 * shown and offered for download, and never becomes part of an object key.
 *
 * @throws FlowservError 400 when nothing is left
 */
export function fileName(given: string): string {
  const plain = given
    .normalize('NFKD')
    .replace(/[^\x20-\x7e\s]/g, '')
    .replace(/[/\\]/g, ' ')
    .trim()
    .split(/\s+/)
    .join('_')
    .replace(/[^A-Za-z0-9_.-]/g, '')
    .replace(/^[._]+|[._]+$/g, '');
  if (plain === '') throw invalid('upload.name', 'empty file name');
  if (plain.length > MAX_NAME_LENGTH) throw invalid('upload.name', 'invalid name');
  return plain;
}
