import { invalid, unknownObject } from '../errors.ts';
import { withoutTrailing } from './trailing.ts';
import type { StorageVolume, VolumeStorage } from './volume.ts';
import type { VolumeConfig, VolumeLocation } from './volume-config.ts';
import { joinKeys, parseFileKey, parseKey } from './volume-key.ts';

/**
 * Makes a volume of a storage: checks keys, and applies the rules that all kinds have in common.
 *
 * @param base folder of the storage that is the base of the volume; the storage's own base by default
 */
export function createVolume(storage: VolumeStorage, config: VolumeConfig, base = ''): StorageVolume {
  const pathOf = (path: string) => joinKeys(base, path);
  const keyOf = (path: string) => (base === '' ? path : path.slice(base.length + 1));

  return {
    id: config.id,
    describe: () => storage.describe(base),
    store: async (file, key) => storage.put(pathOf(parseFileKey(key)), file),

    async load(key) {
      const file = await storage.find(pathOf(parseFileKey(key)));
      if (file === undefined) throw unknownObject('file', key);
      return file;
    },

    async *walk(prefix = null) {
      const { path, isFolder } = parseKey(prefix);
      const file = isFolder ? undefined : await storage.find(pathOf(path));
      if (file !== undefined) yield { key: path, file };
      for await (const entry of storage.list(pathOf(path))) yield { ...entry, key: keyOf(entry.key) };
    },

    async delete(key) {
      const { path, isFolder } = parseKey(key);
      if (path === '') throw invalid('path.unsafe', 'the base of a storage volume cannot be deleted');
      if (!isFolder) await storage.remove(pathOf(path));
      await storage.removeFolder(pathOf(path));
    },

    async erase() {
      await storage.removeFolder(base);
      // The base of a sub-volume stays too.
      await storage.makeFolder(base);
    },

    mkdir: async (path) => storage.makeFolder(pathOf(parseKey(path).path)),

    subVolume(key, id) {
      const { path } = parseKey(key);
      const location = folderOf(config.location, path);
      return createVolume(
        storage,
        { id: id ?? joinKeys(config.id, path), location, files: [] },
        pathOf(path),
      );
    },

    configuration: () => config,
    close: () => storage.close(),
  };
}

/** Returns the location of a folder. */
function folderOf(location: VolumeLocation, path: string): VolumeLocation {
  if (path === '') return location;
  return 'basedir' in location
    ? { ...location, basedir: `${withoutTrailing(location.basedir, '/', 1)}/${path}` }
    : { ...location, prefix: joinKeys(withoutTrailing(location.prefix ?? '', '/'), path) };
}
