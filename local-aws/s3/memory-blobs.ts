import { randomBytes } from 'node:crypto';
import { type BlobStore, delayedRemoval, sliceSegments } from './blobs.ts';

/** Keeps the content of objects in memory, for stacks that last as long as a test. */
export function memoryBlobs(): BlobStore {
  const contents = new Map<string, Buffer>();
  return {
    async write(fill) {
      const chunks: Uint8Array[] = [];
      const result = await fill(async (chunk) => void chunks.push(chunk));
      const blob = randomBytes(16).toString('hex');
      contents.set(blob, Buffer.concat(chunks));
      return { blob, result };
    },
    ...delayedRemoval((blob) => void contents.delete(blob)),
    async *read(segments, start, size) {
      for (const segment of sliceSegments(segments, start, size)) {
        const content = contents.get(segment.blob);
        if (!content) throw new Error(`the content ${segment.blob} is missing`);
        yield content.subarray(segment.start, segment.start + segment.size);
      }
    },
    async sweep() {},
    async settle() {},
  };
}
