import { Readable } from 'node:stream';
import type { VolumeFile } from './volume.ts';

/** Returns a file with this content. */
export const fileOf = (content: Buffer | string): VolumeFile => {
  const bytes = Buffer.from(content);
  return { size: bytes.length, open: async () => Readable.from([bytes]) };
};

/**
 * Yields the content of a file.
 *
 * @throws Error if it is longer than the size of the file, before more than that is read, or at the end if it is
 *   shorter; such as after it was changed
 */
export async function* contentOf(file: VolumeFile): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of await file.open()) {
    bytes += chunk.length;
    // A server may announce no size, or another one, and never stop.
    if (!(bytes <= file.size)) throw wrongSize(file, `at least ${bytes}`);
    yield chunk;
  }
  if (bytes !== file.size) throw wrongSize(file, String(bytes));
}

const wrongSize = ({ size }: VolumeFile, bytes: string) =>
  new Error(`a file of ${size} bytes has a content of ${bytes} bytes`);
