import { spawnSync } from 'node:child_process';
import { accessSync, constants, readdirSync, realpathSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';

const SHIM_TIMEOUT_MS = 10_000;

/** Visible in every sandbox. */
const SYSTEM = /^\/(usr|bin)\//;

/**
 * Returns the folders of the Python on the server's search path, if it does not belong to the system: the virtual
 * environment, and the installation of pyenv or conda on which it is based. Steps in a sandbox then have the same
 * Python as steps that are plain processes. Never returns a folder that contains more than Python, such as a home
 * folder or `~/.local`.
 */
export function pythonFolders(env: Readonly<Record<string, string | undefined>>): string[] {
  const found = (env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'python3'))
    .find(isProgram);
  const python = found && basename(dirname(found)) === 'shims' ? behindShim(found, env) : found;
  if (python === undefined) return [];
  const folders = [python, realpathSync(python)].map((path) => dirname(dirname(path)));
  return [...new Set(folders)].filter((folder) => !SYSTEM.test(`${folder}/`) && isInstallation(folder));
}

/** pyenv and asdf put scripts on the search path, which choose a version by the folder in which they are called. */
function behindShim(shim: string, env: Readonly<Record<string, string | undefined>>): string | undefined {
  const given = ['-c', 'import sys; print(sys.executable)'];
  const { stdout } = spawnSync(shim, given, { env, encoding: 'utf8', timeout: SHIM_TIMEOUT_MS });
  const python = (stdout ?? '').trim();
  return isProgram(python) ? python : undefined;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return path.startsWith('/');
  } catch {
    return false;
  }
}

/** The entries of a Python installation; a folder with any other entry contains more than Python. */
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

/** Additional entries of a virtual environment of venv, virtualenv and uv. */
const OF_ENVIRONMENT = ['pyvenv.cfg', 'Scripts', '.gitignore', '.lock', 'CACHEDIR.TAG'];

/**
 * Returns whether a folder contains only Python. A virtual environment may be created directly in a project or a home
 * folder, which must not be shown. Conda's files are too many to list, so its folder is rejected if it has an entry
 * that is typical of a home or a project.
 */
function isInstallation(folder: string): boolean {
  const names = readdirSync(folder);
  if (names.includes('conda-meta')) return !names.some((name) => NOT_OF_CONDA.test(name));
  const own = names.includes('pyvenv.cfg') ? new Set([...OWN, ...OF_ENVIRONMENT]) : OWN;
  return names.includes('lib') && names.every((name) => own.has(name)) && !folder.endsWith('/.local');
}

const NOT_OF_CONDA = /^\.(?:env|git|ssh|aws|config|cache|local|bashrc|profile|zshrc|netrc)\b/;
