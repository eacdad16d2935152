import type { LogStream } from '../../staging/protocol.ts';

/** Bytes of one page of a stream. */
export const PAGE_BYTES = 64 * 1024;
/** Bytes of a page that holds at least one character of UTF-8. */
const MIN_BYTES = 4;

/** Text of a stream from byte `start` to byte `next`. */
export interface StreamPage {
  readonly text: string;
  /** Beyond `after` if the bytes in between are not stored. */
  readonly start: number;
  /** Where the next page begins. */
  readonly next: number;
}

interface PageRequest {
  /** Byte at which the page begins. */
  readonly after: number;
  /** Maximum number of bytes. */
  readonly limit?: number;
  /** Whether nothing is added to the stream any more. */
  readonly isEnded: boolean;
}

/**
 * Reads one page of a stream. No page ends within a character, so the texts of all pages are the text of the stream.
 * Bytes that are not UTF-8 become U+FFFD.
 *
 * @param read returns bytes of what is stored
 */
export async function readStreamPage(
  { size, parts }: Pick<LogStream, 'size' | 'parts'>,
  read: (at: number, length: number) => Promise<Buffer>,
  { after, limit = PAGE_BYTES, isEnded }: PageRequest,
): Promise<StreamPage> {
  const part = parts.find(({ start, length }) => start + length > after);
  if (!part) {
    const end = Math.min(after, size);
    return { text: '', start: end, next: end };
  }
  const first = Math.max(after, part.start);
  const end = part.start + part.length;
  const wanted = Math.min(Math.max(limit, MIN_BYTES), end - first);
  const bytes = await read(part.at + first - part.start, wanted);
  const isAfterGap = first === part.start && first > after;
  const skipped = isAfterGap ? continuationsOf(bytes) : 0;
  // The end of a part is final, unless the step may still write the rest of the character.
  const isFinal = first + bytes.length === end && (isEnded || end < size);
  const held = isFinal ? 0 : incompleteEnd(bytes);
  const next = first + bytes.length - held;
  return { text: bytes.toString('utf8', skipped, bytes.length - held), start: first + skipped, next };
}

/** The page with the last bytes of a stream. */
export function readStreamEnd(
  stream: Pick<LogStream, 'size' | 'parts'>,
  read: (at: number, length: number) => Promise<Buffer>,
  { limit, isEnded }: { readonly limit: number; readonly isEnded: boolean },
): Promise<StreamPage> {
  const last = stream.parts.at(-1) ?? { start: 0, length: 0, at: 0 };
  const over = Math.max(0, last.length - limit);
  const end = { start: last.start + over, length: last.length - over, at: last.at + over };
  // The bytes before the part that is left count as a gap.
  return readStreamPage({ ...stream, parts: [end] }, read, {
    after: Math.max(0, end.start - 1),
    limit,
    isEnded,
  });
}

/** Number of bytes at the start that continue a character, at most three. */
function continuationsOf(bytes: Buffer): number {
  let count = 0;
  while (count < 3 && isContinuation(bytes[count])) count += 1;
  return count;
}

/** Number of bytes at the end that begin a character without completing it. */
function incompleteEnd(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back];
    if (!isContinuation(byte)) return lengthOf(byte ?? 0) > back ? back : 0;
  }
  return 0;
}

/** Bytes of a character by its first one (RFC 3629, section 4); 1 if it cannot be the first one of more. */
function lengthOf(byte: number): number {
  if (byte < 0xc2 || byte > 0xf4) return 1;
  return byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
}

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;
