import { accessSync, constants, existsSync, readdirSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/** Seen in every sandbox. */
const SYSTEM = /^\/(usr|bin)\//;

/**
 * Folders of the Python that the server's search path has, where it does not belong to the system: the virtual
 * environment, and the installation of pyenv or conda below it. Steps in a sandbox so have the Python that they would
 * have as plain processes. Never a folder that has more than Python in it, such as a home or `~/.local`.
 */
export function pythonFolders({ PATH = '' }: Readonly<Record<string, string | undefined>>): string[] {
  const python = PATH.split(delimiter)
    .map((folder) => join(folder, 'python3'))
    .find(isProgram);
  if (python === undefined) return [];
  const folders = [python, realpathSync(python)].map((path) => dirname(dirname(path)));
  return [...new Set(folders)].filter((folder) => !SYSTEM.test(`${folder}/`) && isInstallation(folder));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return path.startsWith('/');
  } catch {
    return false;
  }
}

/** Folders that an installation of Python consists of; anything else beside them is not Python's alone. */
const OWN = new Set([
  'bin',
  'lib',
  'lib64',
  'include',
  'share',
  'etc',
  'man',
  'ssl',
  'compiler_compat',
  'conda-meta',
]);

function isInstallation(folder: string): boolean {
  if (existsSync(join(folder, 'pyvenv.cfg')) || existsSync(join(folder, 'conda-meta'))) return true;
  const names = readdirSync(folder);
  return names.includes('lib') && names.every((name) => OWN.has(name)) && !folder.endsWith('/.local');
}
