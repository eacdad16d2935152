/**
 * Files that a Git repository names but does not contain: files of submodules, and files in Git LFS. They are at
 * addresses that the repository chooses, which this product never calls.
 */
import { open, readdir } from 'node:fs/promises';
import { readRelativePath } from '../documents/relative-path.ts';
import { invalidTemplate } from '../errors.ts';
import { containedPath, isGitPath, readTextFile, shownPath } from './contained-file.ts';
import { isLfsPointer, MAX_POINTER_BYTES, MIN_POINTER_BYTES } from './lfs-pointer.ts';
import type { SourceFile } from './source-files.ts';

const MAX_GITMODULES_BYTES = 100_000;
/** Maximum number of files in one message. */
const MAX_NAMED = 5;

/**
 * @param sources normal relative paths of the required files; empty for the whole source.
 * @throws 400 with the submodules at or below them whose files were not fetched.
 */
export async function checkSubmodules(root: string, sources: readonly string[]): Promise<void> {
  const isWanted = (path: string) =>
    sources.some(
      (source) => source === '' || `${path}/`.startsWith(`${source}/`) || source.startsWith(`${path}/`),
    );
  const empty: string[] = [];
  for (const path of (await submodulePaths(root)).filter(isWanted)) {
    const folder = await containedPath(root, path);
    const names = folder === undefined ? undefined : await readdir(folder).catch(() => undefined);
    // Git creates a folder for each submodule of a commit; an entry without a folder is obsolete.
    if (names?.every(isGitPath)) empty.push(path);
  }
  if (empty.length === 0) return;
  const fix = 'run `git submodule update --init` in a clone and use its folder as the source';
  throw invalidTemplate(
    `the source has no files of the Git submodule ${named(empty)}; ${fix}, or remove it from 'files'`,
  );
}

async function submodulePaths(root: string): Promise<string[]> {
  const file = await containedPath(root, '.gitmodules');
  if (file === undefined) return [];
  const text = await readTextFile(file, '.gitmodules', MAX_GITMODULES_BYTES);
  const written = [...text.matchAll(/^[ \t]*path[ \t]*=(.*)$/gim)].map(([, path = '']) => path);
  return written.flatMap((path) => {
    const reading = readRelativePath(path.trim().replace(/^"(.*)"$/, '$1'), 'folder');
    return reading.ok && reading.path !== '' ? [reading.path] : [];
  });
}

/** @throws 400 with the files that are only Git LFS pointers. */
export async function checkPointers(root: string, files: Iterable<SourceFile>): Promise<void> {
  const pointers: string[] = [];
  for (const { absolutePath, size } of files) {
    if (size < MIN_POINTER_BYTES || size > MAX_POINTER_BYTES) continue;
    if (isLfsPointer(await contentOf(absolutePath))) pointers.push(shownPath(root, absolutePath));
  }
  if (pointers.length === 0) return;
  const fix = "run `git lfs pull` in a clone and use its folder as the source, or remove them from 'files'";
  throw invalidTemplate(`the source has only Git LFS pointers for ${named(pointers)}; ${fix}`);
}

async function contentOf(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_POINTER_BYTES));
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

function named(paths: readonly string[]): string {
  const list = paths.slice(0, MAX_NAMED).map((path) => `'${path}'`);
  const more = paths.length > MAX_NAMED ? ` and ${paths.length - MAX_NAMED} more` : '';
  return list.join(', ') + more;
}
