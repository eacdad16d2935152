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
