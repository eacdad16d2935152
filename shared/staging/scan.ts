import type { BigIntStats } from 'node:fs';
import { chmod, lstat, opendir, readlink } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { escapedName, findUnicodeName } from '../documents/unicode-text.ts';
import { type FileStat, statOf } from './baseline.ts';
import { failure } from './failure.ts';
import { createResolver, hasPathLength, isSafePath, pathBelow } from './paths.ts';
import type { LinkEntry, StepLimits } from './protocol.ts';

export interface ScannedFile extends FileStat {
  readonly path: string;
  /** Real path of the file, when its path leads there through a link. */
  readonly at?: string;
}

/** The content of a tree; each list in the byte order of the paths within a folder. */
export interface Scan {
  readonly files: ScannedFile[];
  readonly links: LinkEntry[];
  /** Folders without any entry that is kept. */
  readonly emptyFolders: string[];
}

export interface ScanRules {
  readonly root: string;
  readonly limits: Pick<StepLimits, 'files' | 'fileBytes' | 'treeBytes'>;
  /** Code of the failure when a limit is exceeded. */
  readonly tooLarge: string;
  /** Whether a path is wanted, or is above one that is. Others are skipped without a look. */
  wants(path: string): boolean;
  /** What must be at a path that the step may not change; undefined when the step may change it. */
  reserved(path: string): 'file' | 'folder' | undefined;
  /**
   * Why a new entry does not reach the next step: '' for no warning, undefined when it does. A folder for which
   * `holds` is true is visited anyway.
   *
   * @param target of a link.
   */
  dropReason(path: string, target?: string): string | undefined;
  /** Whether something below the path may reach the next step. */
  holds(path: string): boolean;
  warn(text: string): void;
}

/**
 * Walks a tree that no process writes to any more, by lstat alone. Takes only regular files, folders and links that
 * stay inside. Drops everything else with a warning: FIFOs, sockets, devices, mounts, links to the outside.
 *
 * @throws rules.tooLarge as soon as a limit is exceeded, and `name-not-unicode` for an entry that would reach the
 *   next step and whose name is not UTF-8, before any file is read
 */
export async function scanTree(rules: ScanRules): Promise<Scan> {
  const scan: Scan = { files: [], links: [], emptyFolders: [] };
  const { root, limits } = rules;
  const device = (await lstat(root, { bigint: true })).dev;
  const resolve = createResolver(root);
  const tooLarge = (text: string) => failure(rules.tooLarge, `the step left ${text}`);
  let seen = 0;
  let bytes = 0;

  const visitFolder = async (folder: string): Promise<void> => {
    let kept = 0;
    for (const path of await pathsIn(folder)) if (await visit(path)) kept += 1;
    if (kept === 0 && folder !== '' && rules.reserved(folder) !== 'folder') scan.emptyFolders.push(folder);
  };

  const pathsIn = async (folder: string): Promise<string[]> => {
    const paths: string[] = [];
    // Names as Latin-1: one character for each byte, so that names in any encoding survive.
    for await (const entry of await opendir(join(root, folder), { encoding: 'latin1' })) {
      const name = findUnicodeName(entry.name);
      const path = `${folder === '' ? '' : `${folder}/`}${name ?? escapedName(entry.name)}`;
      if (!rules.wants(path)) continue;
      seen += 1;
      if (seen > limits.files) throw tooLarge(`more than ${limits.files} files and folders`);
      if (name !== undefined) paths.push(path);
      else dropUnnamed(rules, path);
    }
    return paths.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  };

  /** True when something at the path is kept. */
  const visit = async (path: string): Promise<boolean> => {
    if (!isSafePath(path)) throw tooLarge('a path that is too long or too deep');
    const info = await lstat(join(root, path), { bigint: true });
    const problem = problemOf(info, device, rules.reserved(path));
    if (problem !== undefined) {
      if (problem !== '') rules.warn(`'${path}' was dropped: ${problem}`);
      return false;
    }
    const reason = info.isDirectory() && rules.holds(path) ? undefined : rules.dropReason(path);
    if (reason !== undefined) {
      if (reason !== '') rules.warn(`'${path}' was dropped: ${reason}`);
      return false;
    }
    if (info.isSymbolicLink()) return visitLink(path);
    const stat = await readableStat(join(root, path), info);
    if (info.isDirectory()) {
      await visitFolder(path);
      return true;
    }
    bytes += Number(info.size);
    if (info.size > limits.fileBytes)
      throw tooLarge(`a file of more than ${limits.fileBytes} bytes: '${path}'`);
    if (bytes > limits.treeBytes) throw tooLarge(`more than ${limits.treeBytes} bytes`);
    scan.files.push({ path, ...stat });
    return true;
  };

  const visitLink = async (path: string): Promise<boolean> => {
    const link = await checkLink(rules, path, resolve);
    if ('target' in link) scan.links.push({ type: 'link', path, target: link.target });
    else rules.warn(`'${path}' was dropped: ${link.dropped}`);
    return 'target' in link;
  };

  await visitFolder('');
  return scan;
}

/** Manifests and archives hold paths as text: a name that is not text fails the step. */
export const nameNotUnicode = (path: string) =>
  failure('name-not-unicode', `the step left '${path}', whose name is not UTF-8; give it another name`);

/** Drops an entry whose name is not UTF-8. It fails the step only if it would reach the next one. */
function dropUnnamed(rules: ScanRules, path: string): void {
  const reason = rules.dropReason(path);
  if (reason === undefined) throw nameNotUnicode(path);
  if (reason !== '') rules.warn(`'${path}' was dropped: ${reason}`);
}

/** Why a path is dropped; '' when the caller warns instead; undefined when it is not dropped. */
function problemOf(info: BigIntStats, device: bigint, reserved: 'file' | 'folder' | undefined) {
  if (reserved === 'folder' && !info.isDirectory()) return 'it replaces a static folder';
  if (reserved === 'file' && !info.isFile()) return '';
  if (info.dev !== device) return 'it is on another file system';
  if (info.isFile() || info.isDirectory() || info.isSymbolicLink()) return undefined;
  return 'it is neither a file nor a folder';
}

/**
 * Makes a file or folder readable for its owner. Returns its size and times, and the mode that the step set.
 *
 * A step can deny its own user access to its files and folders. Root reads them nevertheless. On a local server,
 * where the step's processes run as the server's user, access is restored here.
 */
export async function readableStat(file: string, info: BigIntStats): Promise<FileStat> {
  const stat = statOf(info);
  const needed = info.isDirectory() ? 0o500 : 0o400;
  if ((stat.diskMode & needed) === needed || process.getuid?.() === 0) return stat;
  await chmod(file, needed | 0o200);
  return { ...statOf(await lstat(file, { bigint: true })), diskMode: stat.diskMode };
}

/**
 * The target of a link that is kept, relative to the folder of the link; or why the link is dropped.
 *
 * @param resolve of the tree
 */
async function checkLink(
  { root, dropReason }: ScanRules,
  path: string,
  resolve: ReturnType<typeof createResolver>,
): Promise<{ readonly target: string } | { readonly dropped: string }> {
  const outside = { dropped: 'it is a link that leads out of the tree' };
  const written = findUnicodeName(await readlink(join(root, path), { encoding: 'latin1' }));
  const inside = written !== undefined && isAbsolute(written) ? pathBelow(root, written) : written;
  if (written === undefined || inside === undefined) return outside;
  const target = isAbsolute(written) ? relative(dirname(path), inside) || '.' : written;
  // Before it is followed name by name.
  if (!hasPathLength(target)) return { dropped: 'it is a link whose target is too long' };
  const end = await resolve(path);
  if (end === undefined) return outside;
  const dropped = dropReason(path, target) ?? dropReason(path, relative(dirname(path), end));
  return dropped === undefined ? { target } : { dropped };
}
