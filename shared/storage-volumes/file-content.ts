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
 * @throws Error at the end if it is shorter or longer than the size of the file, such as after it was changed
 */
export async function* contentOf(file: VolumeFile): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of await file.open()) {
    bytes += chunk.length;
    yield chunk;
  }
  if (bytes !== file.size) throw new Error(`a file of ${file.size} bytes has a content of ${bytes} bytes`);
}
