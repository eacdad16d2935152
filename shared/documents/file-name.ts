/**
 * Names of uploaded files: flowServ's form, or the name itself if that form would lose too much.
 *
 * Source: flowServ HTTP API, uploads (flowServ's rule is that of werkzeug's `secure_filename`).
 */
import { storedName, withoutHidden } from './display-name.ts';

/**
 * Returns flowServ's form of a name: only ASCII letters, digits, `_`, `.` and `-`, without folders. Accents are
 * removed, blanks and separators of folders become `_`, and dots and underscores at both ends are removed. Empty if
 * nothing is left.
 */
export function latinFileName(given: string): string {
  const plain = given
    .normalize('NFKD')
    .replace(/[^\x20-\x7e\s]/g, '')
    .replace(/[/\\]/g, ' ')
    .trim()
    .split(/\s+/)
    .join('_')
    .replace(/[^A-Za-z0-9_.-]/g, '');
  return withoutEnds(plain, '._');
}

/**
 * Returns the name under which a file is stored: flowServ's form, or the name itself if that form would lose a
 * letter, a digit, or everything before the suffix (`данные.csv`, `🏆.txt`). Empty if nothing is left.
 */
export const storedFileName = (given: string): string =>
  losesText(given) ? keptFileName(given) : latinFileName(given);

const NOT_ASCII = /[^\p{ASCII}]/u;
const LETTER_OR_DIGIT = /(?!\p{ASCII})[\p{L}\p{N}]/u;

function losesText(given: string): boolean {
  if (LETTER_OR_DIGIT.test(given.normalize('NFKD'))) return true;
  const dot = given.lastIndexOf('.');
  const stem = dot < 0 ? given : given.slice(0, dot);
  return NOT_ASCII.test(stem) && latinFileName(stem) === '' && withoutHidden(stem, '').trim() !== '';
}

/** Returns the composed name, with `_` instead of characters that are unsafe in lists and on disks. */
const keptFileName = (given: string): string =>
  withoutHidden(storedName(given).trim(), '_').replace(/[/\\]/g, '_').replace(/^\.+/, '_');

/** Removes the characters of `ends` from both ends of a text. */
function withoutEnds(text: string, ends: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && ends.includes(text.charAt(start))) start += 1;
  while (end > start && ends.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}
