/**
 * Reads files below one folder and never outside it, whatever links the folder contains.
 *
 * A template's source may be a repository of an unknown author. A link in it must not read the operator's files.
 */
import { readFile, realpath, stat } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { findUnicodeText } from '../documents/unicode-text.ts';
import { invalidTemplate } from '../errors.ts';
import { isNotFound } from '../not-found.ts';
import { isLfsPointer } from './lfs-pointer.ts';

/** Whether a real path is the folder or is below it. Both paths must be free of symbolic links. */
export function isInside(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** Returns a path below a folder for messages: relative, with `/`. */
export function shownPath(folder: string, path: string): string {
  return relative(folder, path).split(sep).join('/');
}

/** Git's own files contain the whole history and may contain credentials. */
export function isGitPath(path: string): boolean {
  return path.split('/').some((name) => name.toLowerCase() === '.git');
}

/**
 * Returns the real path of a file or folder below a folder, with symbolic links resolved.
 *
 * @param root the folder's own real path.
 * @param path absolute path, or one relative to `root`.
 * @returns undefined if it does not exist.
 * @throws 400 if it is outside the folder or in Git's own files.
 */
export async function containedPath(root: string, path: string): Promise<string | undefined> {
  const wanted = resolve(root, path);
  // Check before any access to the disk, so that the response does not reveal what exists outside.
  if (!isInside(root, wanted)) throw outside(root, wanted);
  const real = await realpath(wanted).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw invalidTemplate(`'${shownPath(root, wanted)}' cannot be read`, error);
  });
  if (real !== undefined && (!isInside(root, real) || isGitPath(shownPath(root, real)))) {
    throw outside(root, wanted);
  }
  return real;
}

function outside(root: string, path: string) {
  return invalidTemplate(`'${shownPath(root, path)}' leaves the source directory; files must be inside it`);
}

/**
 * Reads a text file (UTF-8; a byte order mark is removed).
 *
 * @param path real path of the file.
 * @param name the file's name in messages.
 * @param maxBytes maximum size.
 * @throws 400 if it is not a regular file, too large, not UTF-8, or only a Git LFS pointer.
 */
export async function readTextFile(path: string, name: string, maxBytes: number): Promise<string> {
  const info = await stat(path).catch((error: unknown) => {
    throw invalidTemplate(`'${name}' cannot be read`, error);
  });
  if (!info.isFile()) throw invalidTemplate(`'${name}' is not a file`);
  if (info.size > maxBytes) throw invalidTemplate(`'${name}' is larger than ${maxBytes} bytes`);
  const text = findUnicodeText(await readFile(path));
  if (text === undefined) throw invalidTemplate(`'${name}' is not UTF-8 text`);
  if (isLfsPointer(text)) {
    throw invalidTemplate(
      `'${name}' is only a Git LFS pointer; run \`git lfs pull\` in a clone and use its folder`,
    );
  }
  return text;
}
