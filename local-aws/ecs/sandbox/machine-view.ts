import { constants } from 'node:fs';
import { access, cp, glob, lstat, mkdir, readlink, realpath, stat, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { findProgram } from '../find-program.ts';
import { removeTree } from '../remove-tree.ts';
import { SANDBOX_HOST, SANDBOX_USER, type VisibleEntry } from './visible-entry.ts';

const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
/** Links into `/usr`, or folders on distributions that do not merge them with `/usr`. */
const SYSTEM_ROOTS = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];
/** What programs read from `/etc`, without anything that names users, hosts, keys or passwords of the host. */
const CONFIGURATION = [
  ...['alternatives', 'ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'localtime', 'timezone', 'os-release'],
  ...['nsswitch.conf', 'gai.conf', 'protocols', 'services', 'mime.types', 'magic', 'fonts', 'papersize'],
  ...['ssl/certs', 'ssl/openssl.cnf', 'pki/tls/certs', 'pki/ca-trust/extracted', 'crypto-policies'],
  ...['java', 'java-*-openjdk', 'R', 'perl', 'python3*', 'ImageMagick-*', 'texmf', 'octave.conf'],
];
/** Holds Node and `python`. */
const TOOLS = '/run/tools';
export const SANDBOX_HOME = '/home/user';

/** What a sandbox shows of the host. */
export interface MachineChoice {
  /**
   * Folders that are visible besides the system, with their programs, such as those of pyenv, conda or a virtual
   * environment.
   */
  readonly readOnlyFolders: readonly string[];
  /** Folders that are never visible, even inside a visible one, such as the server's data. */
  readonly hidden: readonly string[];
  /**
   * As `hidden`, except for `readOnlyFolders` inside: the server's program, whose folder may contain an environment.
   */
  readonly ownFolders: readonly string[];
  /** Search path of the server, which determines the order in which programs of visible folders are found. */
  readonly path: string;
}

export interface MachineView {
  readonly system: readonly VisibleEntry[];
  /** Mounted after the program's own folders, because a cover may be inside one of them. */
  readonly chosen: readonly VisibleEntry[];
  /** Search path inside. */
  readonly searchPath: string;
}

/**
 * Returns what every sandboxed program sees of the host, all of it read-only: `/usr` and the links to it, some files
 * of `/etc`, the Node of this process, and the chosen folders.
 *
 * @param folder for the `/etc` that this function writes, which replaces the host's
 * @throws Error for a chosen folder that is not a folder
 */
export async function machineView(choice: MachineChoice, folder: string): Promise<MachineView> {
  const chosen = await Promise.all(choice.readOnlyFolders.map(realFolder));
  const searchPath = pathInside(
    chosen.map(({ path }) => path),
    choice.path,
  );
  const system = await Promise.all(['/usr', ...SYSTEM_ROOTS].map(systemRoot));
  await writeConfiguration(folder);
  const folders = chosen.map(({ path, real }) => readOnly(real, path));
  return {
    system: [
      ...system.flat(),
      readOnly(folder, '/etc'),
      readOnly(process.execPath, join(TOOLS, 'node')),
      ...(await pythonLink(searchPath)),
    ],
    chosen: [
      ...(await covers(choice.ownFolders, system.flat())),
      ...folders,
      ...(await covers(choice.ownFolders, folders, 'below')),
      ...(await covers(choice.hidden, [...system.flat(), ...folders])),
    ],
    searchPath: [TOOLS, ...searchPath].join(delimiter),
  };
}

const readOnly = (from: string, at = from): VisibleEntry => ({ kind: 'bind', from, at, readOnly: true });

/** @throws Error whose message is one sentence, for a folder that cannot be shown */
export async function checkChoice({ readOnlyFolders }: MachineChoice): Promise<void> {
  for (const folder of readOnlyFolders) await realFolder(folder);
}

async function realFolder(path: string): Promise<{ readonly path: string; readonly real: string }> {
  const real = await realpath(path).catch(() => undefined);
  if (real === undefined || !(await stat(real)).isDirectory()) {
    throw new Error(`${path}, which a sandbox is to show, is not a folder`);
  }
  if (real === '/')
    throw new Error('a sandbox that shows / shows the whole host: name the folders of the programs');
  return { path, real };
}

/**
 * Search path inside: visible folders of the server's search path, then the programs of each chosen folder, then the
 * system.
 */
function pathInside(chosen: readonly string[], path: string): string[] {
  const isSeen = (entry: string) =>
    chosen.some((folder) => entry === folder || entry.startsWith(`${folder}/`));
  const given = path.split(delimiter).filter(isSeen);
  return [...new Set([...given, ...chosen.map((folder) => join(folder, 'bin')), ...SYSTEM_FOLDERS])];
}

async function systemRoot(path: string): Promise<VisibleEntry[]> {
  const info = await lstat(path).catch(() => undefined);
  if (info?.isSymbolicLink()) return [{ kind: 'link', target: await readlink(path), at: path }];
  return info ? [readOnly(path)] : [];
}

/**
 * Writes an `/etc` without the host's users, hosts and keys. It is a copy, because a mount for each file would take
 * longer than the rest of a start. It contains only what every user may read, because the server may be root.
 */
async function writeConfiguration(folder: string): Promise<void> {
  await removeTree(folder);
  await mkdir(folder, { recursive: true, mode: 0o755 });
  for (const name of await Array.fromAsync(glob(CONFIGURATION, { cwd: '/etc' }))) {
    await cp(join('/etc', name), join(folder, name), {
      recursive: true,
      verbatimSymlinks: true,
      filter: isPublic,
    });
  }
  const own = {
    passwd: `root:x:0:0:root:/root:/usr/sbin/nologin\nuser:x:${SANDBOX_USER}:${SANDBOX_USER}:user:${SANDBOX_HOME}:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n`,
    group: `root:x:0:\nuser:x:${SANDBOX_USER}:\nnogroup:x:65534:\n`,
    hosts: `127.0.0.1 localhost ${SANDBOX_HOST}\n::1 localhost\n`,
    hostname: `${SANDBOX_HOST}\n`,
    'resolv.conf': '',
  };
  for (const [name, text] of Object.entries(own)) await writeFile(join(folder, name), text, { mode: 0o644 });
}

async function isPublic(file: string): Promise<boolean> {
  const info = await lstat(file);
  return info.isSymbolicLink() || ((info.isFile() || info.isDirectory()) && (info.mode & 0o004) !== 0);
}

async function pythonLink(searchPath: readonly string[]): Promise<VisibleEntry[]> {
  const path = searchPath.join(delimiter);
  if (await findProgram('python', path)) return [];
  const python3 = await findProgram('python3', path);
  return python3 === undefined ? [] : [{ kind: 'link', target: python3, at: join(TOOLS, 'python') }];
}

/**
 * Returns empty folders that cover hidden folders. With `below`, only those inside a visible folder; with `all`, also
 * those that contain one.
 */
async function covers(
  hidden: readonly string[],
  folders: readonly VisibleEntry[],
  which: 'all' | 'below' = 'all',
): Promise<VisibleEntry[]> {
  const covered: VisibleEntry[] = [];
  for (const folder of hidden) {
    const real = await realpath(folder).catch(() => undefined);
    if (real === undefined) continue;
    for (const entry of folders) {
      if (entry.kind !== 'bind' || (which === 'below' && entry.from.startsWith(`${real}/`))) continue;
      const path = shownPath(real, entry);
      if (path !== undefined) covered.push({ kind: 'memory', at: path, bytes: 4096, readOnly: true });
    }
  }
  return covered;
}

/** Returns the path at which a entry shows a folder of the host; undefined if it does not show it. */
function shownPath(real: string, { from, at }: Extract<VisibleEntry, { kind: 'bind' }>): string | undefined {
  if (real === from || from.startsWith(`${real}/`)) return at;
  return real.startsWith(`${from}/`) ? join(at, real.slice(from.length)) : undefined;
}

/** The additional files that a program needs to resolve names of hosts. */
export async function networkEntries(): Promise<VisibleEntry[]> {
  const files = ['/etc/resolv.conf', '/etc/hosts'];
  const found = await Promise.all(
    files.map(async (at): Promise<VisibleEntry[]> => {
      const from = await realpath(at).catch(() => undefined);
      return from !== undefined && (await isReadable(from)) ? [readOnly(from, at)] : [];
    }),
  );
  return found.flat();
}

const isReadable = (file: string): Promise<boolean> =>
  access(file, constants.R_OK).then(
    () => true,
    () => false,
  );
