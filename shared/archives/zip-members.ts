import { createHash } from 'node:crypto';
import type { Services } from '../services/services.ts';
import type { ZipMember } from './zip.ts';

/** An object of bucket `data` and its path in a zip. */
interface StoredFile {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly object: string;
}

/** A text or other content in memory. */
export const documentMember = (path: string, content: Buffer): ZipMember => ({
  path,
  size: content.length,
  async *open() {
    yield content;
  },
});

/** A stored file, whose content is compared with its digest. */
export function storedMember(
  { objects }: Pick<Services, 'objects'>,
  { path, size, sha256, object }: StoredFile,
): ZipMember {
  return {
    path,
    size,
    async *open() {
      const stored = await objects.open('data', object);
      if (!stored) throw new Error(`object ${object} of a zip is missing`);
      const hash = createHash('sha256');
      for await (const chunk of stored.body) {
        hash.update(chunk);
        yield chunk;
      }
      if (hash.digest('hex') !== sha256) throw new Error(`object ${object} is not as it was stored`);
    },
  };
}
