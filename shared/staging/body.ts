import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { isUnchanged, statOf } from './baseline.ts';
import { failure } from './failure.ts';
import { openInside } from './paths.ts';
import type { ScannedFile } from './scan.ts';

/** Bytes read at a time. */
const CHUNK_BYTES = 256 * 1024;

/** A piece of a body: bytes in memory, or a range of a file with an exclusive end. */
export type Piece = Buffer | { readonly start: number; readonly end: number };

/** Bytes that can be read more than once, because an upload may have to be repeated. */
export interface Body {
  readonly size: number;
  readonly sha256: string;
  open(): Readable;
}

const sizeOf = (piece: Piece): number => (Buffer.isBuffer(piece) ? piece.length : piece.end - piece.start);

/**
 * Yields the bytes of the pieces in order. The file is opened through `openFile` when reading starts, and closed at
 * the end.
 *
 * @throws the failure `tree-changed` when the file became shorter
 */
export async function* readPieces(
  openFile: () => Promise<FileHandle>,
  pieces: readonly Piece[],
): AsyncGenerator<Buffer> {
  const file = await openFile();
  try {
    for (const piece of pieces) {
      if (Buffer.isBuffer(piece)) yield piece;
      else yield* readRange(file, piece.start, piece.end);
    }
  } finally {
    await file.close();
  }
}

async function* readRange(file: FileHandle, start: number, end: number): AsyncGenerator<Buffer> {
  for (let position = start; position < end; ) {
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, end - position));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) throw failure('tree-changed', 'a file became shorter while it was read');
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Opens a scanned file and checks that it is unchanged since the scan. */
export async function openScanned(root: string, file: ScannedFile): Promise<FileHandle> {
  const handle = await openInside(root, file.at ?? file.path);
  const info = await handle.stat({ bigint: true });
  if (isUnchanged(statOf(info), file)) return handle;
  await handle.close();
  throw failure('tree-changed', `'${file.path}' changed after the end of the step`);
}

/** SHA-256 of a scanned file, in hex. */
export async function hashScanned(root: string, file: ScannedFile): Promise<string> {
  return hashOf(readPieces(() => openScanned(root, file), [{ start: 0, end: file.size }]));
}

export async function hashOf(chunks: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}

export function scannedBody(root: string, file: ScannedFile & { readonly sha256: string }): Body {
  const { size, sha256 } = file;
  return {
    size,
    sha256,
    open: () => Readable.from(readPieces(() => openScanned(root, file), [{ start: 0, end: size }])),
  };
}

/** A body of pieces of one file; reads them once for the digest. */
export async function piecesBody(
  openFile: () => Promise<FileHandle>,
  pieces: readonly Piece[],
): Promise<Body> {
  const read = () => readPieces(openFile, pieces);
  return {
    size: pieces.reduce((sum, piece) => sum + sizeOf(piece), 0),
    sha256: await hashOf(read()),
    open: () => Readable.from(read()),
  };
}

export function memoryBody(bytes: Buffer): Body {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { size: bytes.length, sha256, open: () => Readable.from([bytes]) };
}

/** A body in a file that this program wrote. */
export function ownFileBody(file: string, size: number, sha256: string): Body {
  const pieces: readonly Piece[] = [{ start: 0, end: size }];
  return { size, sha256, open: () => Readable.from(readPieces(() => open(file), pieces)) };
}
