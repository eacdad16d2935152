/**
 * The parameters of headers that clients write for files, as they really write them.
 *
 * Names in quotes come with `%22`, `%0D` and `%0A` for quotes and line ends (browsers, curl, urllib3: WHATWG HTML,
 * "multipart/form-data encoding algorithm"), or with `\"` and `\\` (Go, Java, curl before 7.81), or percent-encoded as a
 * whole (aiohttp, Apache HttpClient 5: RFC 7578, section 4.2). `filename*` (.NET, Python's requests before 2.24) is that of
 * RFC 5987.
 */
import { findUnicodeText } from '../documents/unicode-text.ts';

/** Values by names in lower case; each character of a value is one byte. Of two with one name the first counts. */
export type Parameters = ReadonlyMap<string, string>;

const NAME = /[ \t]*([^\s=;"]+)[ \t]*=[ \t]*/y;
const LAST = /[ \t]*(?:;|$)/y;

/**
 * Reads `type; name=value; name="value"`. What is no parameter is passed over.
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

/** The position behind the next occurrence, or the end. */
function after(text: string, what: string, from: number): number {
  const at = text.indexOf(what, from);
  return at < 0 ? text.length : at + 1;
}

/**
 * The position of the quote that ends a value: one that a parameter or nothing follows, since names may hold quotes. One
 * behind a backslash ends it only where no other does: to browsers the backslash is part of the name.
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

/** The name of a file; undefined where there is none, null where it is no Unicode text. */
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

/** The text of a percent-encoded name, where that is more than ASCII; a `%41` is part of a name to most clients. */
function decodedWhole(text: string): string | undefined {
  const isEncoded = /^\p{ASCII}*$/u.test(text) && /%[89A-F][0-9A-F]/i.test(text);
  return isEncoded ? textOf(percentDecoded(text)) : undefined;
}

/** `charset'language'value` (RFC 5987, section 3.2); undefined where it cannot be read. */
function extendedValue(value: string | undefined): string | undefined {
  const [charset = '', , encoded] = value?.split("'") ?? [];
  if (encoded === undefined) return undefined;
  try {
    const decoder = new TextDecoder(charset, { fatal: true });
    return decoder.decode(Buffer.from(percentDecoded(encoded), 'latin1'));
  } catch {
    // An unknown charset, or bytes that it does not have.
    return undefined;
  }
}

const percentDecoded = (text: string): string =>
  text.replace(/%([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
