import { readRelativePath } from '../documents/relative-path.ts';
import { invalid } from '../errors.ts';

/** A checked key. */
export interface VolumeKey {
  /** Normal relative path without a final `/`; empty for the base. */
  readonly path: string;
  /** Whether only the folder is meant, because the key ends in `/` or is empty. */
  readonly isFolder: boolean;
}

/** Joins parts of a key by `/`. Skips empty and missing parts. */
export const joinKeys = (...parts: readonly (string | null | undefined)[]): string =>
  parts.filter((part) => part !== null && part !== undefined && part !== '').join('/');

/** Returns the folder of a key: `a/b` for `a/b/c`, `''` for `a`, and null for null. */
export const parentKey = (key: string | null): string | null =>
  key === null ? null : key.slice(0, Math.max(0, key.lastIndexOf('/')));

/**
 * Checks a key.
 *
 * @param key null and the empty text mean the base
 * @throws FlowservError 400 `path.unsafe`
 */
export function parseKey(key: string | null): VolumeKey {
  if (key === null || /^(?:\.?\/?)$/.test(key)) return { path: '', isFolder: true };
  const read = readRelativePath(key, 'any');
  if (!read.ok) throw invalid('path.unsafe', `the path '${key}' of a storage volume ${read.fault}`);
  const isFolder = read.path.endsWith('/');
  return { path: isFolder ? read.path.slice(0, -1) : read.path, isFolder };
}

/**
 * Checks the key of a file.
 *
 * @returns its normal relative path
 * @throws FlowservError 400 `path.unsafe`
 */
export function parseFileKey(key: string): string {
  const { path, isFolder } = parseKey(key);
  if (isFolder) throw invalid('path.unsafe', `the path '${key}' of a storage volume does not name a file`);
  return path;
}

/** Error for a path below a link, which may lead out of the volume. */
export const throughLink = (path: string) =>
  invalid('path.unsafe', `the path '${path}' of a storage volume leads through a link`);
