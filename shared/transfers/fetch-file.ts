import { createHash, randomUUID } from 'node:crypto';
import { contentOf } from '../storage-volumes/file-content.ts';
import type { VolumeFile } from '../storage-volumes/volume.ts';
import { objectKeys } from '../volumes/keys.ts';
import type { Progress } from './progress.ts';

/** Files up to this size are read into memory. */
const MEMORY_BYTES = 8 * 1024 * 1024;

/**
 * Copies a file of a volume to the files of the run in bucket `work`, under its digest. A larger file is stored under
 * another key first, because its digest is known only at its end.
 */
export async function fetchFile(
  { services: { objects }, origin: { run }, step }: Progress,
  file: VolumeFile,
): Promise<{ readonly size: number; readonly sha256: string }> {
  const { size } = file;
  const hash = createHash('sha256');
  async function* hashed(): AsyncGenerator<Buffer> {
    for await (const chunk of contentOf(file)) {
      hash.update(chunk);
      yield chunk;
    }
  }
  if (size <= MEMORY_BYTES) {
    const content = Buffer.concat(await Array.fromAsync(hashed()));
    const sha256 = hash.digest('hex');
    await objects.write('work', objectKeys.fetchedFile(run.id, sha256), content);
    return { size, sha256 };
  }
  // Two calls may copy another version of the same file at the same time.
  const arriving = objectKeys.stepFile(run.id, step.index, 0, `arriving-${randomUUID()}`);
  await objects.writeParts('work', arriving, hashed());
  const sha256 = hash.digest('hex');
  try {
    if (!(await objects.copy('work', arriving, objectKeys.fetchedFile(run.id, sha256)))) {
      throw new Error('a file that arrived from a storage volume is gone');
    }
  } finally {
    await objects.remove('work', arriving);
  }
  return { size, sha256 };
}
