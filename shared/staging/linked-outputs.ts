import type { BigIntStats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { escapedName, findUnicodeName } from '../documents/unicode-text.ts';
import { failure, systemCode } from './failure.ts';
import { createResolver, isSafePath } from './paths.ts';
import type { StepLimits } from './protocol.ts';
import { nameNotUnicode, readableStat, type ScannedFile } from './scan.ts';

export interface LinkRules {
  readonly root: string;
  readonly limits: Pick<StepLimits, 'files' | 'fileBytes' | 'treeBytes'>;
  /** Files and bytes that the scan of the tree already found, which count against the limits. */
  readonly found: { readonly files: number; readonly bytes: number };
  /** Whether a path is that of a declared output or of the result document. */
  isDeclared(path: string): boolean;
  /** Whether a declared path may be below a folder. */
  isAboveDeclared(path: string): boolean;
  /** Why the file at a path (free of links) may not be kept under another path; undefined when it may. */
  dropReason(path: string, info: BigIntStats): string | undefined;
  warn(text: string): void;
}

/**
 * The files to which links among the declared outputs lead, and those in folders to which such links lead. Each is
 * listed under its declared path and read from its real location. Links that leave the tree are dropped with a
 * warning. A link to a folder is followed once; links to folders below it are not.
 *
 * @throws output-too-large when a limit is exceeded, and `name-not-unicode`
 */
export async function linkedOutputs(links: readonly string[], rules: LinkRules): Promise<ScannedFile[]> {
  const { root, limits } = rules;
  const device = (await lstat(root, { bigint: true })).dev;
  const tooLarge = (text: string) => failure('output-too-large', `the outputs of the step have ${text}`);
  const resolve = createResolver(root);
  const taken: ScannedFile[] = [];
  let { files: seen, bytes } = rules.found;

  const drop = (path: string, reason: string) => rules.warn(`'${path}' was not kept: ${reason}`);

  /** @param end the real path, free of links */
  const take = async (path: string, end: string): Promise<void> => {
    const file = join(root, end);
    const info = await lstat(file, { bigint: true });
    if (!info.isFile() || info.dev !== device) return drop(path, 'it does not lead to a file of the tree');
    const reason = isSafePath(path) ? rules.dropReason(end, info) : 'its path is too long';
    if (reason !== undefined) return drop(path, reason);
    bytes += Number(info.size);
    if (info.size > limits.fileBytes)
      throw tooLarge(`a file of more than ${limits.fileBytes} bytes: '${path}'`);
    if (bytes > limits.treeBytes) throw tooLarge(`more than ${limits.treeBytes} bytes`);
    taken.push({ path, at: end, ...(await readableStat(file, info)) });
  };

  const visitFolder = async (path: string, end: string): Promise<void> => {
    const info = await lstat(join(root, end), { bigint: true });
    if (info.dev !== device) return;
    await readableStat(join(root, end), info);
    for (const latin1 of (await readdir(join(root, end), { encoding: 'latin1' })).sort()) {
      const name = findUnicodeName(latin1);
      const below = `${path}/${name ?? escapedName(latin1)}`;
      if (!(rules.isDeclared(below) || rules.isAboveDeclared(below))) continue;
      if (name === undefined) throw nameNotUnicode(below);
      seen += 1;
      if (seen > limits.files) throw tooLarge(`more than ${limits.files} files and folders`);
      await visit(below, end === '' ? name : `${end}/${name}`, true);
    }
  };

  const visit = async (path: string, at: string, isBelow: boolean): Promise<void> => {
    const end = await resolve(at);
    const info = end === undefined ? undefined : await findInfo(join(root, end));
    if (end === undefined) return drop(path, 'it is a link that leads out of the tree');
    if (!info) return drop(path, 'it is a link to nothing');
    if (!info.isDirectory()) return rules.isDeclared(path) ? take(path, end) : undefined;
    if (isBelow && end !== at) return drop(path, 'it is a link to a folder below another one');
    return visitFolder(path, end);
  };

  for (const path of links) await visit(path, path, false);
  return taken;
}

/** Identifies a file under all its names, as with hard links and on file systems that ignore case. */
export const identityOf = ({ dev, ino }: BigIntStats): string => `${dev}:${ino}`;

/** Identities of those files that still exist. */
export async function identities(root: string, paths: readonly string[]): Promise<ReadonlySet<string>> {
  const infos = await Promise.all(paths.map((path) => findInfo(join(root, path))));
  return new Set(infos.flatMap((info) => (info ? [identityOf(info)] : [])));
}

/** Returns the status of the file at a path; undefined when it does not exist or cannot be read. */
async function findInfo(path: string): Promise<BigIntStats | undefined> {
  try {
    return await lstat(path, { bigint: true });
  } catch (error) {
    if (HIDDEN.has(systemCode(error) ?? '')) return undefined;
    throw error;
  }
}

const HIDDEN: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'ENAMETOOLONG', 'ELOOP']);
