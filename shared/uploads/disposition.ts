/**
 * Reads the parameters of headers for files in the forms that clients send in practice.
 *
 * Names in quotes escape quotes and line ends as `%22`, `%0D` and `%0A` (browsers, curl, urllib3: WHATWG HTML,
 * "multipart/form-data encoding algorithm") or as `\"` and `\\` (Go, Java, curl before 7.81), or are percent-encoded as
 * a whole (aiohttp, Apache HttpClient 5: RFC 7578, section 4.2). `filename*` (.NET, Python's requests before 2.24)
 * follows RFC 5987.
 */
import { findUnicodeText } from '../documents/unicode-text.ts';

/** Values by names in lower case; each character of a value is one byte. Of duplicate names the first counts. */
export type Parameters = ReadonlyMap<string, string>;

const NAME = /[ \t]*([^\s=;"]+)[ \t]*=[ \t]*/y;
const LAST = /[ \t]*(?:;|$)/y;

/**
 * Reads `type; name=value; name="value"`. Text that is not a parameter is skipped.
 *
 * @param header bytes as Latin-1, unfolded
 */
export function readParameters(header: string): Parameters {
  const found = new Map<string, string>();
  for (let at = after(header, ';', 0); at < header.length; ) {
    NAME.lastIndex = at;
    const name = NAME.exec(header)?.[1]?.toLowerCase();
    const start = NAME.lastIndex;
    const end = name !== undefined && header[start] === '"' ? endOfQuoted(header, start + 1) : undefined;
    at = after(header, ';', end ?? at);
    if (name === undefined || found.has(name)) continue;
    const value =
      end === undefined ? header.slice(start, at).replace(/;$/, '') : unquoted(header, start, end);
    found.set(name, value.trim());
  }
  return found;
}

/** Returns the position after the next occurrence, or the end. */
function after(text: string, what: string, from: number): number {
  const at = text.indexOf(what, from);
  return at < 0 ? text.length : at + 1;
}

/**
 * Returns the position of the quote that ends a value: the first one before another parameter or the end, since names
 * may hold quotes. A quote after a backslash ends the value only if no other does: to browsers the backslash is part of
 * the name.
 */
function endOfQuoted(header: string, from: number): number | undefined {
  let escaped: number | undefined;
  for (let at = header.indexOf('"', from); at >= 0; at = header.indexOf('"', at + 1)) {
    LAST.lastIndex = at + 1;
    if (!LAST.test(header)) continue;
    let slashes = 0;
    while (header[at - 1 - slashes] === '\\') slashes += 1;
    if (slashes % 2 === 0) return at;
    escaped ??= at;
  }
  return escaped;
}

const unquoted = (header: string, start: number, end: number): string =>
  header.slice(start + 1, end).replace(/\\(["\\])/g, '$1');

/** Returns the name of a file; undefined if it is missing, null if it is not Unicode text. */
export function fileNameOf(parameters: Parameters): string | null | undefined {
  const extended = extendedValue(parameters.get('filename*'));
  if (extended !== undefined) return extended;
  const plain = parameters.get('filename');
  if (plain === undefined) return undefined;
  const text = textOf(plain);
  return text === undefined ? null : (decodedWhole(text) ?? withoutEscapes(text));
}

const textOf = (latin1: string): string | undefined => findUnicodeText(Buffer.from(latin1, 'latin1'));

const withoutEscapes = (text: string): string =>
  text.replace(/%22/g, '"').replace(/%0D/gi, '\r').replace(/%0A/gi, '\n');

/** Decodes a percent-encoded name that holds more than ASCII; to most clients a `%41` is part of the name. */
function decodedWhole(text: string): string | undefined {
  const isEncoded = /^\p{ASCII}*$/u.test(text) && /%[89A-F][0-9A-F]/i.test(text);
  return isEncoded ? textOf(percentDecoded(text)) : undefined;
}

/** Decodes `charset'language'value` (RFC 5987, section 3.2); undefined if it is malformed. */
function extendedValue(value: string | undefined): string | undefined {
  const [charset = '', , encoded] = value?.split("'") ?? [];
  if (encoded === undefined) return undefined;
  try {
    const decoder = new TextDecoder(charset, { fatal: true });
    return decoder.decode(Buffer.from(percentDecoded(encoded), 'latin1'));
  } catch {
    // An unknown charset, or bytes that are invalid in it.
    return undefined;
  }
}

const percentDecoded = (text: string): string =>
  text.replace(/%([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
