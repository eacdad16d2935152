import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { reserveSpace } from './reserve.ts';

/** 256 KiB per read: large enough that the thread pool is not the limit, small enough for many readers. */
const READ_BYTES = 256 * 1024;

/** A range of bytes in a file. An object is a list of segments: a completed upload has one for each part. */
export interface Segment {
  readonly blob: string;
  readonly start: number;
  readonly size: number;
}

export type Sink = (chunk: Uint8Array) => Promise<void>;

/** Files that are written once under a random name and never changed. */
export interface BlobStore {
  /**
   * Writes one file. When `fill` succeeds, the data is on the disk and the file's name is returned; nothing refers to
   * the file yet. When `fill` throws, the file is removed.
   *
   * @throws Error ENOSPC for a large file that would fill the disk
   */
  write<T>(fill: (sink: Sink) => Promise<T>): Promise<{ blob: string; result: T }>;
  /** Prevents files from being unlinked until the returned function is called. */
  pin(segments: readonly Segment[]): () => void;
  /** Reads `size` bytes from `start` on. The segments must be pinned. */
  read(segments: readonly Segment[], start: number, size: number): AsyncGenerator<Buffer>;
  /** Unlinks files without references; a pinned file after its last pin is released. */
  discard(blobs: readonly string[]): void;
  /** Undoes `discard` for pinned files that are part of an object again. */
  revive(segments: readonly Segment[]): void;
  /** Unlinks files that a crash left behind. Must be called at the start, before any write. */
  sweep(isReferenced: (blob: string) => boolean): Promise<void>;
  /** Resolves when all running unlinks are done. */
  settle(): Promise<void>;
}

/**
 * Opens the folder of files, which are distributed over folders by the first two digits of their names. With `durable`,
 * each write waits for the disk (fsync of the file and of its folder), so that a completed upload survives a power
 * failure.
 */
export function openBlobs(folder: string, durable: boolean): BlobStore {
  mkdirSync(folder, { recursive: true });
  const provide = createFolders(folder, durable);
  const pathOf = (blob: string) => join(folder, prefixOf(blob), blob);
  const unlinking = new Set<Promise<void>>();
  const remove = (blob: string) => {
    // A file that cannot be unlinked now is an orphan, which the next start removes.
    const done = unlink(pathOf(blob)).catch(() => undefined);
    unlinking.add(done);
    void done.then(() => unlinking.delete(done));
  };
  return {
    async write(fill) {
      const blob = randomBytes(16).toString('hex');
      try {
        const reserve = reserveSpace(folder);
        const write = (sink: Sink) =>
          fill(async (chunk) => {
            reserve(chunk.length);
            await sink(chunk);
          });
        await provide(prefixOf(blob));
        const result = await writeFile(pathOf(blob), write, durable);
        if (durable) await syncFolder(join(folder, prefixOf(blob)));
        return { blob, result };
      } catch (error) {
        remove(blob);
        throw error;
      }
    },
    ...delayedRemoval(remove),
    read: (segments, start, size) => readSegments(pathOf, segments, start, size),
    async sweep(isReferenced) {
      for (const prefix of await readdir(folder)) {
        const names = await readdir(join(folder, prefix));
        for (const name of names) if (!isReferenced(name)) await unlink(join(folder, prefix, name));
      }
    },
    async settle() {
      await Promise.all(unlinking);
    },
  };
}

const prefixOf = (blob: string) => blob.slice(0, 2);

/**
 * Creates folders when they are first needed: creating all 256 takes longer than the rest of the start of a stack.
 *
 * @returns a function that creates the folder of a name; with `durable`, it waits until the folder is on the disk
 */
function createFolders(parent: string, durable: boolean): (name: string) => Promise<void> {
  const provided = new Map<string, Promise<void>>();
  const make = async (name: string) => {
    await mkdir(join(parent, name), { recursive: true });
    if (durable) await syncFolder(parent);
  };
  return async (name) => {
    const making = provided.get(name) ?? make(name);
    provided.set(name, making);
    try {
      await making;
    } catch (error) {
      // The next file tries again, as after a full disk.
      provided.delete(name);
      throw error;
    }
  };
}

/** Delays the removal of pinned files until their last pin is released. */
export function delayedRemoval(
  remove: (blob: string) => void,
): Pick<BlobStore, 'pin' | 'discard' | 'revive'> {
  const pins = new Map<string, number>();
  const doomed = new Set<string>();
  const unpin = (blob: string) => {
    const count = (pins.get(blob) ?? 1) - 1;
    if (count > 0) pins.set(blob, count);
    else {
      pins.delete(blob);
      if (doomed.delete(blob)) remove(blob);
    }
  };
  return {
    pin(segments) {
      for (const { blob } of segments) pins.set(blob, (pins.get(blob) ?? 0) + 1);
      let pinned = true;
      return () => {
        if (!pinned) return;
        pinned = false;
        for (const { blob } of segments) unpin(blob);
      };
    },
    discard(blobs) {
      for (const blob of blobs) {
        if (pins.has(blob)) doomed.add(blob);
        else remove(blob);
      }
    },
    revive(segments) {
      for (const { blob } of segments) doomed.delete(blob);
    },
  };
}

/** Returns the segments of a byte range of an object. */
export function sliceSegments(segments: readonly Segment[], start: number, size: number): Segment[] {
  const slice: Segment[] = [];
  let offset = 0;
  for (const segment of segments) {
    const from = Math.max(start, offset);
    const to = Math.min(start + size, offset + segment.size);
    if (from < to) slice.push({ blob: segment.blob, start: segment.start + from - offset, size: to - from });
    offset += segment.size;
  }
  return slice;
}

async function writeFile<T>(path: string, fill: (sink: Sink) => Promise<T>, durable: boolean): Promise<T> {
  const handle = await open(path, 'wx', 0o600);
  try {
    const result = await fill((chunk) => writeAll(handle, chunk));
    if (durable) await handle.datasync();
    return result;
  } finally {
    await handle.close();
  }
}

/** Repeats the write until it is complete: a single write may take only part of the chunk. */
async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let offset = 0; offset < chunk.length; ) {
    const { bytesWritten } = await handle.write(chunk, offset);
    offset += bytesWritten;
  }
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function* readSegments(
  pathOf: (blob: string) => string,
  segments: readonly Segment[],
  start: number,
  size: number,
): AsyncGenerator<Buffer> {
  for (const segment of sliceSegments(segments, start, size)) {
    const handle = await open(pathOf(segment.blob), 'r');
    try {
      const end = segment.start + segment.size;
      for (let position = segment.start; position < end; ) {
        const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, end - position));
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
        if (bytesRead === 0) throw new Error(`file ${segment.blob} is shorter than its entry`);
        position += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await handle.close();
    }
  }
}
