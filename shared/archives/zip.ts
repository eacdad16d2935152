import { Readable } from 'node:stream';
import { constants } from 'node:zlib';
import { ZipFile } from 'yazl';

export interface ZipMember {
  /** Relative path with `/` between its segments. */
  readonly path: string;
  readonly size: number;
  /** Yields exactly `size` bytes. */
  open(): AsyncIterable<Buffer>;
}

/** A regular file that its owner may change. */
const MODE = 0o100644;

/**
 * Writes a zip, with Zip64 records where it needs them. It opens one member at a time and holds only a few chunks in
 * memory. The same members and time give the same bytes.
 *
 * Uses the fastest compression, as the archives of runs do.
 */
export async function* writeZip(members: readonly ZipMember[], time: Date): AsyncGenerator<Buffer> {
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  let source: Readable | undefined;
  const options = { mtime: localTime(time), forceDosTimestamp: true, mode: MODE };
  zip.on('error', (error) => output.destroy(error));
  for (const { path, size, open } of members) {
    const level = { compressionLevel: constants.Z_BEST_SPEED, size };
    zip.addReadStreamLazy(path, { ...options, ...level }, (ready) => {
      source = Readable.from(open());
      source.on('error', (error) => output.destroy(error));
      ready(null, source);
    });
  }
  zip.end();
  try {
    yield* output;
  } finally {
    source?.destroy();
    output.destroy();
  }
}

/** Zip has local times without a zone: this one reads as UTC, whatever the zone of the machine. */
const localTime = (time: Date): Date =>
  new Date(
    time.getUTCFullYear(),
    time.getUTCMonth(),
    time.getUTCDate(),
    time.getUTCHours(),
    time.getUTCMinutes(),
    time.getUTCSeconds(),
  );
