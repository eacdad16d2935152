import { chmod, lstat, mkdir, open, symlink, unlink } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { inParallel } from '../parallel.ts';
import { type BaselineFile, statOf } from './baseline.ts';
import { download, type LinkSource } from './download.ts';
import { failure, systemCode } from './failure.ts';
import { createResolver } from './paths.ts';
import type { FileEntry, LinkEntry } from './protocol.ts';

/** Downloads at a time: enough to hide the latency of small objects, few enough for a quarter of a vCPU. */
const DOWNLOADS = 8;

export type Layout = ReturnType<typeof createLayout>;

/**
 * Builds the run tree below `root`. Files and folders come first and `addLinks` last, so that nothing is ever written
 * through a link.
 *
 * Every user may read and write the tree, because the image decides as which user the step runs. On a local server
 * the tree is in a folder that only the server's user can enter.
 *
 * @param options.modified modification time of all files, before anything that the step writes
 */
export function createLayout(options: { readonly root: string; readonly modified: Date }) {
  const { root, modified } = options;
  const known = new Set<string>(['.']);

  const addFolder = async (path: string): Promise<void> => {
    if (known.has(path)) return;
    await addFolder(dirname(path));
    await makeFolder(join(root, path), path);
    known.add(path);
  };

  const addFile = async (entry: FileEntry, links: LinkSource): Promise<BaselineFile> => {
    await addFolder(dirname(entry.path));
    const file = await createFile(join(root, entry.path), entry.path);
    try {
      await download(entry, file, links);
      await file.chmod(entry.mode | 0o666);
      await file.utimes(modified, modified);
      return { ...entry, ...statOf(await file.stat({ bigint: true })) };
    } finally {
      await file.close();
    }
  };

  return {
    addFolder,

    /** Lays out files, several at a time. Returns the status of each of them. */
    async addFiles(entries: readonly FileEntry[], links: LinkSource): Promise<BaselineFile[]> {
      const files: BaselineFile[] = [];
      await inParallel(entries, DOWNLOADS, async (entry) => {
        files.push(await addFile(entry, links));
      });
      return files;
    },

    /**
     * Makes the links, then removes those that lead to a private file or to a folder with one. Returns the paths of
     * the removed links.
     *
     * @throws `layout` when a link leads out of the tree
     */
    async addLinks(links: readonly LinkEntry[], privatePaths: readonly string[]): Promise<string[]> {
      for (const { path, target } of links) {
        if (isAbsolute(target) || target.includes('\0')) throw outside(path);
        await addFolder(dirname(path));
        await symlink(target, join(root, path));
      }
      const removed: string[] = [];
      const resolve = createResolver(root);
      for (const { path } of links) {
        const end = await resolve(path);
        if (end === undefined) throw outside(path);
        const below = end === '' ? '' : `${end}/`;
        if (privatePaths.some((file) => file === end || file.startsWith(below))) removed.push(path);
      }
      for (const path of removed) await unlink(join(root, path));
      return removed;
    },
  };
}

const outside = (path: string) => failure('layout', `the link '${path}' leads out of the tree`);

async function makeFolder(folder: string, path: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    if (!(await lstat(folder)).isDirectory()) throw failure('layout', `'${path}' is a file and a folder`);
  }
  await chmod(folder, 0o777);
}

/** Creates a file; fails if the path exists or is a link. */
async function createFile(file: string, path: string) {
  try {
    return await open(file, 'wx', 0o600);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw failure('layout', `'${path}' occurs twice`);
    throw error;
  }
}
