import type { Readable } from 'node:stream';
import type { VolumeConfig } from './volume-config.ts';

/** A file that can be read, as often as necessary. */
export interface VolumeFile {
  /** Bytes. */
  readonly size: number;
  /** Opens the content from its start. The caller consumes or destroys the stream. */
  open(): Promise<Readable>;
}

export interface VolumeEntry {
  /** Path below the base of the volume. */
  readonly key: string;
  readonly file: VolumeFile;
}

/**
 * A storage volume: files by their keys, which are relative paths below the base of the volume. All kinds behave the
 * same (flowServ engine specification, "Volume operations").
 *
 * Operations with a key throw FlowservError 400 `path.unsafe` if it is absolute, contains `..`, or has a
 * link among its folders.
 */
export interface StorageVolume {
  readonly id: string;
  /** Returns where the volume is, for people, without credentials. */
  describe(): string;
  /**
   * Creates or replaces a file, and the folders above it. A file is complete or unchanged, also after a crash.
   *
   * @throws Error if the content does not have the size of `file`
   */
  store(file: VolumeFile, key: string): Promise<void>;
  /** @throws FlowservError 404 `file.unknown` */
  load(key: string): Promise<VolumeFile>;
  /**
   * Yields the file with this key, and all files below the folder with this key, in no particular order; nothing if
   * both are missing. Links are not followed.
   *
   * @param prefix everything by default; with a final `/` only the folder
   */
  walk(prefix?: string | null): AsyncIterable<VolumeEntry>;
  /** Deletes the file with this key and the folder with this key, if they exist; with a final `/` only the folder. */
  delete(key: string): Promise<void>;
  /** Deletes everything in the volume; its base stays. */
  erase(): Promise<void>;
  /** Creates a folder and its parents; does nothing in a bucket, which has no folders. */
  mkdir(path: string): Promise<void>;
  /** Returns the volume whose base is a folder of this one. It shares the connection, which the first volume closes. */
  subVolume(key: string, id?: string): StorageVolume;
  /** Returns the configuration that opens this volume. */
  configuration(): VolumeConfig;
  /** Ends connections to a server. */
  close(): Promise<void>;
}

/**
 * What each kind of storage implements. Paths are normal and relative to the configured base, which is the empty path.
 */
export interface VolumeStorage {
  /** Returns where a folder is. */
  describe(folder: string): string;
  /** Creates or replaces a file and the folders above it, as a whole or not at all. */
  put(path: string, file: VolumeFile): Promise<void>;
  find(path: string): Promise<VolumeFile | undefined>;
  /** Yields all files below a folder by their paths; nothing if it does not exist. */
  list(folder: string): AsyncIterable<VolumeEntry>;
  /** Removes a file if it exists. */
  remove(path: string): Promise<void>;
  /** Removes everything below a folder, and the folder itself unless it is the base. */
  removeFolder(folder: string): Promise<void>;
  makeFolder(path: string): Promise<void>;
  close(): Promise<void>;
}
