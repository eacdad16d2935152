/**
 * Names of files that somebody uploads: as the original makes them, and kept where that would lose too much.
 *
 * Source: flowServ HTTP API, uploads (the original's rule is that of werkzeug's `secure_filename`).
 */
import { storedName, withoutHidden } from './display-name.ts';

/**
 * The original's form of a name: ASCII letters, digits, `_`, `.` and `-` only, without folders; accents are dropped,
 * blanks and separators of folders become `_`, dots and underscores at the ends go. Empty where nothing is left.
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
 * The name under which a file is stored: the original's form, or the name itself where that form would lose a letter, a
 * digit, or all before the suffix (`данные.csv`, `🏆.txt`). Empty where nothing is left.
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

/** The name composed, with `_` in the place of what no list and no disk should meet. */
const keptFileName = (given: string): string =>
  withoutHidden(storedName(given).trim(), '_').replace(/[/\\]/g, '_').replace(/^\.+/, '_');

/** A text without the characters of `ends` at its ends. */
function withoutEnds(text: string, ends: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && ends.includes(text.charAt(start))) start += 1;
  while (end > start && ends.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}
