import type { Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { failure } from './failure.ts';
import { failureOfResponse, readBody, retry, send } from './http.ts';
import type { FileEntry } from './protocol.ts';

/** Larger files are read in parts of this size, each with a link that is still fresh. */
const PART_BYTES = 64 * 1024 * 1024;
/** Attempts to read a file before it counts as corrupt, when its bytes differ from the announced ones. */
const CORRUPT_ATTEMPTS = 3;

/** Returns a link for an entry. `failed` is a link that did not work, which is not returned again. */
export type LinkSource = (path: string, failed?: string) => Promise<string>;

/**
 * Writes the bytes of one entry to an open, empty file and checks their size and SHA-256.
 *
 * @throws `corrupt` when they still differ after three attempts, `refused` and `transfer` when they cannot be read
 */
export async function download(entry: FileEntry, file: FileHandle, links: LinkSource): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const found = await downloadParts(entry, file, links);
    if (found === entry.sha256) return;
    if (attempt === CORRUPT_ATTEMPTS) {
      throw failure(
        'corrupt',
        `'${entry.path}' does not have the size and SHA-256 that the platform recorded`,
      );
    }
  }
}

/** SHA-256 of the written bytes; undefined when their size differs from the entry's. */
async function downloadParts(entry: FileEntry, file: FileHandle, links: LinkSource) {
  const { createHash } = await import('node:crypto');
  let hash = createHash('sha256');
  for (let start = 0; start < entry.size; start += PART_BYTES) {
    const end = Math.min(entry.size, start + PART_BYTES);
    let link: string | undefined;
    // A part whose transfer breaks is read again from its beginning, with the hash as it was there.
    const read = await retry(async () => {
      link = await links(entry.path, link);
      return downloadPart({ entry, file, link, start, end, hash: hash.copy() });
    });
    if (!read) return undefined;
    hash = read;
  }
  return hash.digest('hex');
}

interface Part {
  readonly entry: FileEntry;
  readonly file: FileHandle;
  readonly link: string;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  readonly hash: Hash;
}

/** The hash with the part's bytes added; undefined when the response is longer or shorter than the part. */
async function downloadPart({ entry, file, link, start, end, hash }: Part): Promise<Hash | undefined> {
  const whole = entry.size <= PART_BYTES;
  const headers: Record<string, string> = whole ? {} : { range: `bytes=${start}-${end - 1}` };
  const response = await send(link, { method: 'GET', headers });
  if (response.statusCode !== (whole ? 200 : 206)) {
    throw await failureOfResponse(response, `'${entry.path}' cannot be read`, true);
  }
  let position = start;
  for await (const chunk of readBody(response)) {
    if (position + chunk.length > end) {
      response.destroy();
      return undefined;
    }
    hash.update(chunk);
    await writeAll(file, chunk, position);
    position += chunk.length;
  }
  return position === end ? hash : undefined;
}

async function writeAll(file: FileHandle, chunk: Buffer, position: number): Promise<void> {
  for (let done = 0; done < chunk.length; ) {
    const { bytesWritten } = await file.write(chunk, done, chunk.length - done, position + done);
    done += bytesWritten;
  }
}
