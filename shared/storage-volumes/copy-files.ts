import { invalid } from '../errors.ts';
import { inParallel } from '../parallel.ts';
import type { StorageVolume, VolumeFile } from './volume.ts';
import { joinKeys, parseKey } from './volume-key.ts';

/** Files that are copied at the same time: each of them holds at most two parts of 32 MiB in memory. */
const WIDTH = 4;

export interface CopyOptions {
  /** Key or keys of files and folders; everything by default. */
  readonly keys?: string | readonly string[] | null | undefined;
  /**
   * Key of a file, or folder for the content of a folder; the same paths by default. Keys that are missing copy nothing.
   */
  readonly to?: string | null | undefined;
  /** Called with a line for the volumes and for each copied file. */
  readonly report?: (line: string) => void;
}

/**
 * Copies files of one volume to another. Can be repeated: files are replaced.
 *
 * @returns the keys that were written, in their order
 * @throws FlowservError 400 `path.conflict` before anything is written if two files have the same destination
 */
export async function copyFiles(
  source: StorageVolume,
  target: StorageVolume,
  { keys = null, to = null, report = () => {} }: CopyOptions = {},
): Promise<string[]> {
  const copies = await destinations(source, keys === null || typeof keys === 'string' ? [keys] : keys, to);
  report(`Copy files from ${source.describe()} to ${target.describe()}`);
  await inParallel(copies, WIDTH, async ([destination, { key, file }]) => {
    await target.store(file, destination);
    report(`copied ${key} to ${destination}`);
  });
  return [...copies.keys()].sort();
}

interface SourceFile {
  readonly key: string;
  readonly file: VolumeFile;
}

/** Returns the files to copy by their destinations. */
async function destinations(
  source: StorageVolume,
  keys: readonly (string | null)[],
  to: string | null,
): Promise<Map<string, SourceFile>> {
  const found = new Map<string, SourceFile>();
  for (const given of keys) {
    const { path } = parseKey(given);
    for await (const { key, file } of source.walk(given)) {
      const destination = to === null ? key : destinationOf(key, path, to);
      const other = found.get(destination);
      if (other !== undefined && other.key !== key) {
        throw invalid(
          'path.conflict',
          `'${other.key}' and '${key}' would both be copied to '${destination}'`,
        );
      }
      found.set(destination, { key, file });
    }
  }
  return found;
}

/** A file is stored at `to` itself, and a file of a folder below it. */
const destinationOf = (key: string, path: string, to: string): string =>
  key === path ? to : joinKeys(parseKey(to).path, path === '' ? key : key.slice(path.length + 1));
