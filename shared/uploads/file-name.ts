import { latinFileName, storedFileName } from '../documents/file-name.ts';
import { hasLostText } from '../documents/unicode-text.ts';
import { invalid } from '../errors.ts';
import { MAX_NAME_LENGTH } from '../users/user.ts';

/** Maximum length of the name that a client sends, before any characters are removed. */
const MAX_GIVEN_LENGTH = 8 * MAX_NAME_LENGTH;
/** Maximum length of a name that is not Latin, in UTF-16 units as on Windows and macOS; links contain the name. */
const MAX_KEPT_LENGTH = 255;

/**
 * Returns the name under which an upload is listed (`storedFileName`). It is shown and offered for download, and never
 * becomes part of an object key.
 *
 * @throws FlowservError 400 if the resulting name is empty or too long, or the name is not Unicode
 */
export function fileName(given: string): string {
  if (given.length > MAX_GIVEN_LENGTH) throw invalid('upload.name', 'invalid name');
  if (hasLostText(given)) throw notUnicode();
  const name = storedFileName(given);
  if (name === '') throw invalid('upload.name', 'empty file name');
  if (name.length > MAX_NAME_LENGTH) throw invalid('upload.name', 'invalid name');
  if (name.length > MAX_KEPT_LENGTH && name !== latinFileName(name)) {
    throw invalid('upload.name', `invalid name; use at most ${MAX_KEPT_LENGTH} characters`);
  }
  return name;
}

/** The error for a file name that is not text, or lost some of its characters. */
export const notUnicode = () =>
  invalid('upload.name', 'file name is not Unicode text; send it in UTF-8, or rename the file');
