/**
 * The static files of a workflow: the files of its source that the manifest lists.
 *
 * Source: flowServ template specification, copying files.
 */

import { didYouMean, nearestPath } from '../documents/nearest-name.ts';
import { below, type Location, takesWarnings } from '../documents/problem.ts';
import { foldersAbove, readRelativePath } from '../documents/relative-path.ts';
import { invalidTemplate } from '../errors.ts';
import { type FileAccess, mostPrivate } from '../template/file-access.ts';
import type { ManifestFile } from '../template/manifest.ts';
import { warn } from '../template/template-warnings.ts';
import { checkPointers, checkSubmodules } from './git-elsewhere.ts';
import { listSourceFiles, MAX_SOURCE_BYTES, MAX_SOURCE_FILES, type SourceFile } from './source-files.ts';

/** A file of the source that becomes part of every run directory. */
export interface StaticSourceFile extends SourceFile {
  readonly access: FileAccess;
}

/** Returns a listed file with its path in the run directory. */
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
 * Returns the static files that the manifest lists, ordered by path. If two have the same path, the later one applies.
 * If entries overlap, in the source or in the run directory, the most private access applies.
 *
 * @param root real path of the source directory.
 * @param list list in the manifest; undefined for every file of the source.
 * @param location location in the manifest, for warnings about entries that match no file.
 * @throws 400 for files that cannot be used, are not contained in the source, or conflict with each other in one
 *   directory, and for a private entry that matches no file.
 */
export async function collectFiles(
  root: string,
  list: readonly ManifestFile[] = [{ source: '' }],
  location: Location = { path: '', problems: [] },
): Promise<readonly StaticSourceFile[]> {
  await checkSubmodules(
    root,
    list.map(({ source }) => source),
  );
  const files = new Map<string, SourceFile>();
  const access = new Map<string, FileAccess>();
  const restrict = (where: string, wanted: FileAccess) =>
    access.set(where, mostPrivate(wanted, access.get(where) ?? wanted));
  let listed = 0;
  for (const [index, entry] of list.entries()) {
    const { source, access: wanted = 'steps' } = entry;
    // A missing source is an error only for a private entry, whose privacy the organiser relies on.
    const found = (await listSourceFiles(root, source)) ?? [];
    if (wanted === 'private' && found.length === 0) throw noPrivateFile(source);
    if (found.length === 0) await warnOfNoFile(root, source, below(below(location, 'files'), index));
    listed += found.length;
    if (listed > MAX_SOURCE_FILES) throw invalidTemplate(`more than ${MAX_SOURCE_FILES} static files`);
    for (const file of found) {
      const target = placed(file, entry);
      files.set(target.path, target);
      restrict(`source ${file.absolutePath}`, wanted);
      restrict(`target ${target.path}`, wanted);
    }
  }
  checkTree(files);
  await checkPointers(root, files.values());
  const accessOf = ({ path, absolutePath }: SourceFile) =>
    mostPrivate(access.get(`source ${absolutePath}`) ?? 'steps', access.get(`target ${path}`) ?? 'public');
  return [...files.values()]
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map((file) => ({ ...file, access: accessOf(file) }));
}

async function warnOfNoFile(root: string, source: string, location: Location): Promise<void> {
  if (!takesWarnings(location)) return;
  const paths = ((await listSourceFiles(root, '')) ?? []).map(({ path }) => path);
  const near = nearestPath(source, [...new Set(paths.flatMap((path) => [path, ...foldersAbove(path)]))]);
  warn(location, 'file.missing', `the source has no file '${source}'${didYouMean(near)}`);
}

const noPrivateFile = (source: string) =>
  invalidTemplate(`invalid manifest: the private entry '${source}' matches no file; check its path`);

/** @throws 400 if a file is also the folder of another one, a path is too long, or the total is too large. */
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
