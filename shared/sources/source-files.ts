/** Lists the files below a folder. Follows symbolic links as long as they stay inside. */
import { lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readRelativePath } from '../documents/relative-path.ts';
import { escapedName, findUnicodeName } from '../documents/unicode-text.ts';
import { invalidTemplate } from '../errors.ts';
import { containedPath, isGitPath } from './contained-file.ts';

/** One file of a workflow's source. */
export interface SourceFile {
  /** Normal relative path of the file in the run directory. */
  readonly path: string;
  /** Path of its content, free of symbolic links. */
  readonly absolutePath: string;
  /** Bytes. */
  readonly size: number;
  /** Permission bits, e.g. 0o755. */
  readonly mode: number;
}

/** Maximum number of files of one source. */
export const MAX_SOURCE_FILES = 10_000;

/** Maximum size of one source in bytes: 5 GB, the limit of a run's tree. */
export const MAX_SOURCE_BYTES = 5_000_000_000;

/** Maximum depth of folders below the source; also ends a cycle of links. */
const MAX_FOLDER_DEPTH = 64;

/** The state of a walk through one source directory; `add` is called for every file with its path below `root`. */
interface Walk {
  readonly root: string;
  readonly add: (file: SourceFile) => void;
}

function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

async function walkFolder(walk: Walk, folder: string, path: string, above: readonly string[]): Promise<void> {
  if (above.includes(folder)) throw invalidTemplate(`'${path}' is a link to a folder that contains it`);
  if (above.length > MAX_FOLDER_DEPTH)
    throw invalidTemplate(`folders nest more than ${MAX_FOLDER_DEPTH} deep`);
  for (const name of await namesIn(folder, path)) {
    if (isGitPath(name)) continue;
    await walkEntry(walk, join(folder, name), path === '' ? name : `${path}/${name}`, [...above, folder]);
  }
}

/**
 * Returns the names in a folder, sorted. @throws 400 for a name that is not UTF-8, and for a folder that cannot be
 * read
 */
async function namesIn(folder: string, path: string): Promise<string[]> {
  const names = await readdir(folder, { encoding: 'latin1' }).catch(unreadable(path));
  const decoded = names.map((latin1) => {
    const name = findUnicodeName(latin1);
    if (name !== undefined) return name;
    const shown = path === '' ? escapedName(latin1) : `${path}/${escapedName(latin1)}`;
    throw invalidTemplate(`the file '${shown}' cannot be used: its name is not UTF-8; rename it`);
  });
  return decoded.sort(byName);
}

const unreadable = (path: string) => (error: unknown) => {
  throw invalidTemplate(`'${path === '' ? '.' : path}' cannot be read`, error);
};

async function walkEntry(walk: Walk, entry: string, path: string, above: readonly string[]): Promise<void> {
  const reading = readRelativePath(path, 'file');
  if (!reading.ok) throw invalidTemplate(`the file '${path}' cannot be used: its path ${reading.fault}`);
  const isLink = (await lstat(entry)).isSymbolicLink();
  const real = isLink ? await containedPath(walk.root, entry) : entry;
  if (real === undefined) throw invalidTemplate(`'${path}' is a link to a file that does not exist`);
  const info = await stat(real).catch(unreadable(path));
  if (info.isDirectory()) await walkFolder(walk, real, path, above);
  else if (info.isFile()) {
    walk.add({ path: reading.path, absolutePath: real, size: info.size, mode: info.mode & 0o777 });
  } else throw invalidTemplate(`'${path}' is neither a file nor a folder`);
}

/**
 * Returns all files at or below a path, ordered by name, without Git's own files and empty folders.
 *
 * @param root real path of the source directory.
 * @param path normal relative path; empty for the whole directory.
 * @returns paths relative to `root`; undefined if the path does not exist.
 * @throws 400 for links that leave the directory or have no target, for devices and pipes, for names that are not
 *   allowed in a run directory, and beyond `MAX_SOURCE_FILES` files or `MAX_SOURCE_BYTES` bytes.
 */
export async function listSourceFiles(
  root: string,
  path: string,
): Promise<readonly SourceFile[] | undefined> {
  if (isGitPath(path)) return undefined;
  const real = await containedPath(root, path);
  if (real === undefined) return undefined;
  const files: SourceFile[] = [];
  let bytes = 0;
  const add = (file: SourceFile) => {
    bytes += file.size;
    files.push(file);
    if (files.length > MAX_SOURCE_FILES) throw invalidTemplate(`more than ${MAX_SOURCE_FILES} source files`);
    if (bytes > MAX_SOURCE_BYTES)
      throw invalidTemplate(`more than ${MAX_SOURCE_BYTES} bytes of source files`);
  };
  const walk: Walk = { root, add };
  const info = await stat(real);
  if (info.isDirectory()) await walkFolder(walk, real, path, []);
  else await walkEntry(walk, join(root, path), path, []);
  return files;
}
