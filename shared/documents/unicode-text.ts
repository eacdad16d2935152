/**
 * Decodes UTF-8 and removes a byte order mark at the start; undefined if the bytes are not UTF-8. JSON readers may
 * ignore a mark (RFC 8259, section 8.1), and YAML streams may begin with one (YAML 1.2, 5.2).
 */
export function findUnicodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * Decodes a file name that Node read as Latin-1, one character per byte, so that names in any encoding survive.
 * Undefined if it is not UTF-8.
 */
export function findUnicodeName(latin1: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(latin1, 'latin1'));
  } catch {
    return undefined;
  }
}

/** The replacement of decoders for invalid bytes (Unicode 17, section 3.9, U+FFFD substitution). */
const REPLACEMENT = '\ufffd';

/**
 * Whether a text decoded elsewhere lost characters: API Gateway, `URLSearchParams` and others replace bytes that are
 * not UTF-8 by U+FFFD. A client that means this character can write it as a JSON escape.
 */
export const hasLostText = (text: string): boolean => text.includes(REPLACEMENT);

/** Returns such a name in plain ASCII, as Python shows it: `r\xe9s.csv`. */
export const escapedName = (latin1: string): string =>
  Array.from(Buffer.from(latin1, 'latin1'), escapedByte).join('');

function escapedByte(byte: number): string {
  const character = String.fromCharCode(byte);
  if (character === '\\') return '\\\\';
  return byte >= 0x20 && byte < 0x7f ? character : `\\x${byte.toString(16).padStart(2, '0')}`;
}
