import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readlink } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { followLinks, type LinkFound } from '../documents/follow-links.ts';
import { pathBytes } from '../documents/relative-path.ts';
import { findUnicodeName } from '../documents/unicode-text.ts';
import { failure, systemCode } from './failure.ts';

/** Maximum path length in bytes: the limit of an S3 key, so that every path also fits where names become keys. */
export const MAX_PATH_BYTES = 1_024;
/** Maximum path depth in segments. */
const MAX_DEPTH = 64;

/** Whether a path, or the target of a link, is short enough for the documents that list it. */
export const hasPathLength = (path: string): boolean =>
  path.length <= MAX_PATH_BYTES && pathBytes(path) <= MAX_PATH_BYTES;

/** Whether a path is relative, normalised, bounded and free of `..`. */
export function isSafePath(path: string): boolean {
  if (path.includes('\0') || !hasPathLength(path)) return false;
  const segments = path.split('/');
  return (
    segments.length <= MAX_DEPTH && segments.every((name) => name !== '' && name !== '.' && name !== '..')
  );
}

/**
 * Creates a function that resolves a path with every link on the way, to a path relative to the root ('' for the root
 * itself); undefined when it leads outside or the links form a circle. Nothing below the root may change meanwhile: each
 * link is read once.
 */
export function createResolver(root: string): (path: string) => Promise<string | undefined> {
  const known = new Map<string, LinkFound | undefined>();
  return async (path) => {
    const way = followLinks(path);
    let step = way.next();
    while (!step.done) {
      if (!known.has(step.value)) known.set(step.value, await linkAt(root, step.value));
      step = way.next(known.get(step.value));
    }
    return step.value;
  };
}

async function linkAt(root: string, path: string): Promise<LinkFound | undefined> {
  const target = await readLinkText(join(root, path));
  if (target === undefined) return undefined;
  const fromRoot = isAbsolute(target);
  return { target: fromRoot ? pathBelow(root, target) : target, fromRoot };
}

/** An absolute path as a path below the root, or undefined when it is outside. */
export function pathBelow(root: string, path: string): string | undefined {
  if (path === root) return '.';
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : undefined;
}

/** Target of a link; undefined for anything else. A target that is not UTF-8 counts as leading outside. */
async function readLinkText(path: string): Promise<string | undefined> {
  try {
    return findUnicodeName(await readlink(path, { encoding: 'latin1' })) ?? '/';
  } catch (error) {
    const code = systemCode(error);
    if (['EINVAL', 'ENOENT', 'ENOTDIR', 'EACCES', 'ENAMETOOLONG'].includes(code ?? '')) return undefined;
    throw error;
  }
}

/**
 * Opens a regular file below the root for reading and follows no link: neither the last component nor a folder that
 * was replaced by one. O_NONBLOCK keeps a FIFO from blocking.
 *
 * @throws the failure `tree-changed` when the path is not a regular file
 */
export async function openInside(root: string, path: string): Promise<FileHandle> {
  const segments = path.split('/');
  for (let depth = 1; depth < segments.length; depth += 1) {
    const folder = await lstat(join(root, ...segments.slice(0, depth)));
    if (!folder.isDirectory()) throw notRegular(path);
  }
  const handle = await openReadable(join(root, path), path);
  const info = await handle.stat();
  if (info.isFile()) return handle;
  await handle.close();
  throw notRegular(path);
}

const notRegular = (path: string) => failure('tree-changed', `'${path}' is no longer a regular file`);

async function openReadable(file: string, path: string): Promise<FileHandle> {
  try {
    return await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ELOOP' || code === 'ENXIO' || code === 'ENOENT') throw notRegular(path);
    throw error;
  }
}
