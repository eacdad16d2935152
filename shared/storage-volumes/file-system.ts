import { constants, createWriteStream } from 'node:fs';
import { lstat, mkdir, open, readdir, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isNotFound } from '../not-found.ts';
import { contentOf } from './file-content.ts';
import { isPartial, partialName } from './partial-name.ts';
import type { VolumeEntry, VolumeFile, VolumeStorage } from './volume.ts';
import { joinKeys, throughLink } from './volume-key.ts';

/**
 * Opens a folder of this host as a storage; creates it if it is missing. Files are written under another name first,
 * so that no reader sees a part of one.
 */
export async function openFileSystem(basedir: string): Promise<VolumeStorage> {
  const base = resolve(basedir);
  await mkdir(base, { recursive: true });
  const root = await realpath(base);

  /** Returns the absolute path of a file or folder, after a check that none of the folders above it is a link. */
  const locate = async (path: string): Promise<string> => {
    if (path === '') return root;
    const target = join(root, path);
    if (await hasLinks(dirname(target))) throw throughLink(path);
    return target;
  };

  return {
    describe: (folder) => `local file system at ${join(base, folder)}`,

    async put(path, file) {
      const target = await locate(path);
      await mkdir(dirname(target), { recursive: true });
      const partial = join(dirname(target), partialName());
      try {
        await pipeline(contentOf(file), createWriteStream(partial, { flags: 'wx' }));
        await rename(partial, target);
      } catch (error) {
        await rm(partial, { force: true });
        throw error;
      }
    },

    async find(path) {
      return readFileEntry(await locate(path));
    },

    async *list(folder) {
      const target = await locate(folder);
      if (await isFolder(target)) yield* filesBelow(target, folder);
    },

    async remove(path) {
      const target = await locate(path);
      if (!(await isFolder(target))) await rm(target, { force: true });
    },

    async removeFolder(folder) {
      const target = await locate(folder);
      if (!(await isFolder(target))) return;
      if (folder !== '') return rm(target, { recursive: true, force: true });
      for (const name of await readdir(target))
        await rm(join(target, name), { recursive: true, force: true });
    },

    async makeFolder(path) {
      await mkdir(await locate(path), { recursive: true });
    },

    close: async () => {},
  };
}

/** Whether one of the existing folders of an absolute path is a link. */
async function hasLinks(folder: string): Promise<boolean> {
  try {
    return (await realpath(folder)) !== folder;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return hasLinks(dirname(folder));
  }
}

async function* filesBelow(folder: string, path: string): AsyncGenerator<VolumeEntry> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const target = join(folder, entry.name);
    const key = joinKeys(path, entry.name);
    if (entry.isDirectory()) yield* filesBelow(target, key);
    if (!entry.isFile() || isPartial(entry.name)) continue;
    const file = await readFileEntry(target);
    if (file !== undefined) yield { key, file };
  }
}

/** Returns the file at an absolute path; undefined if there is something else, such as a link. */
async function readFileEntry(target: string): Promise<VolumeFile | undefined> {
  const stats = await statsOf(target);
  if (!stats?.isFile()) return undefined;
  return {
    size: stats.size,
    async open() {
      // A link that replaced the file in between is not followed.
      const handle = await open(target, constants.O_RDONLY | constants.O_NOFOLLOW);
      return handle.createReadStream();
    },
  };
}

const isFolder = async (target: string): Promise<boolean> => (await statsOf(target))?.isDirectory() ?? false;

async function statsOf(target: string) {
  try {
    return await lstat(target);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
