/**
 * The static files of a workflow: those of its source that the manifest lists.
 *
 * Source: flowServ template specification, copying files.
 */

import { foldersAbove, readRelativePath } from '../documents/relative-path.ts';
import { invalidTemplate } from '../errors.ts';
import type { ManifestFile } from '../template/manifest.ts';
import { listSourceFiles, MAX_SOURCE_BYTES, MAX_SOURCE_FILES, type SourceFile } from './source-files.ts';

/** Gives a listed file its place in the run directory. */
function placed(file: SourceFile, { source, target }: ManifestFile): SourceFile {
  if (target === undefined) return file;
  if (file.path !== source) {
    const rest = source === '' ? file.path : file.path.slice(source.length + 1);
    const folder = target === '' || target.endsWith('/') ? target : `${target}/`;
    return { ...file, path: folder + rest };
  }
  if (target === '' || target.endsWith('/'))
    throw invalidTemplate(`invalid manifest: the target of '${source}' must name a file`);
  return { ...file, path: target };
}

/**
 * The static files that the manifest lists, in the order of their paths; of two with the same place the later
 * one counts.
 *
 * @param root real path of the source directory.
 * @param list of the manifest; undefined for every file of the source.
 * @throws 400 for files that cannot be used, or that do not fit together in one directory.
 */
export async function collectFiles(
  root: string,
  list: readonly ManifestFile[] = [{ source: '' }],
): Promise<readonly SourceFile[]> {
  const files = new Map<string, SourceFile>();
  let listed = 0;
  for (const entry of list) {
    // A source that is not there is no error.
    const found = (await listSourceFiles(root, entry.source)) ?? [];
    listed += found.length;
    if (listed > MAX_SOURCE_FILES) throw invalidTemplate(`more than ${MAX_SOURCE_FILES} static files`);
    for (const file of found) {
      const target = placed(file, entry);
      files.set(target.path, target);
    }
  }
  checkTree(files);
  return [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** @throws 400 when a file is also the folder of another one, a path is too long, or all are too large. */
function checkTree(files: ReadonlyMap<string, SourceFile>): void {
  let bytes = 0;
  for (const { path, size } of files.values()) {
    bytes += size;
    const reading = readRelativePath(path, 'file');
    if (!reading.ok) throw invalidTemplate(`invalid manifest: the path '${path}' ${reading.fault}`);
    const folder = foldersAbove(path).find((above) => files.has(above));
    if (folder !== undefined) throw invalidTemplate(`invalid manifest: '${folder}' is a file and a folder`);
  }
  if (bytes > MAX_SOURCE_BYTES) throw invalidTemplate(`more than ${MAX_SOURCE_BYTES} bytes of static files`);
}
