/**
 * The text of bytes that should be UTF-8, without a byte order mark at its start; undefined where they are no UTF-8.
 * JSON readers may pass over a mark (RFC 8259, section 8.1), and YAML streams may begin with one (YAML 1.2, 5.2).
 */
export function findUnicodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * The text of a name of the disk, which Node has read as Latin-1: one character a byte, so that names in any encoding
 * survive. Undefined where it is no UTF-8.
 */
export function findUnicodeName(latin1: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(latin1, 'latin1'));
  } catch {
    return undefined;
  }
}

/** What decoders put in the place of bytes that are no text (Unicode 17, section 3.9, U+FFFD substitution). */
const REPLACEMENT = '\ufffd';

/**
 * Whether a text that somebody else has decoded has lost characters: API Gateway, `URLSearchParams` and others put
 * U+FFFD in the place of bytes that are not UTF-8. Who means that character can write it as an escape of JSON.
 */
export const hasLostText = (text: string): boolean => text.includes(REPLACEMENT);

/** Such a name in plain ASCII, as Python shows it: `r\xe9s.csv`. */
export const escapedName = (latin1: string): string =>
  Array.from(Buffer.from(latin1, 'latin1'), escapedByte).join('');

function escapedByte(byte: number): string {
  const character = String.fromCharCode(byte);
  if (character === '\\') return '\\\\';
  return byte >= 0x20 && byte < 0x7f ? character : `\\x${byte.toString(16).padStart(2, '0')}`;
}
