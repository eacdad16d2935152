import { invalid } from '../errors.ts';
import { MAX_NAME_LENGTH } from '../users/user.ts';

/** What a client may send as a name, before anything is dropped from it. */
const MAX_GIVEN_LENGTH = 8 * MAX_NAME_LENGTH;

/**
 * The name under which an upload is listed: no folders, ASCII letters, digits, `_`, `.` and `-` only; accents
 * are dropped, blanks become `_`, dots and underscores at the ends go (flowServ HTTP API, uploads). It is
 * shown and offered for download, and never becomes part of an object key.
 *
 * @throws FlowservError 400 when nothing is left, or too much
 */
export function fileName(given: string): string {
  if (given.length > MAX_GIVEN_LENGTH) throw invalid('upload.name', 'invalid name');
  const plain = given
    .normalize('NFKD')
    .replace(/[^\x20-\x7e\s]/g, '')
    .replace(/[/\\]/g, ' ')
    .trim()
    .split(/\s+/)
    .join('_')
    .replace(/[^A-Za-z0-9_.-]/g, '');
  const name = withoutEnds(plain, '._');
  if (name === '') throw invalid('upload.name', 'empty file name');
  if (name.length > MAX_NAME_LENGTH) throw invalid('upload.name', 'invalid name');
  return name;
}

/** A text without the characters of `ends` at its ends. */
function withoutEnds(text: string, ends: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && ends.includes(text.charAt(start))) start += 1;
  while (end > start && ends.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}
