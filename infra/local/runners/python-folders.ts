import { spawnSync } from 'node:child_process';
import { accessSync, constants, readdirSync, realpathSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';

const SHIM_TIMEOUT_MS = 10_000;

/** Seen in every sandbox. */
const SYSTEM = /^\/(usr|bin)\//;

/**
 * Folders of the Python that the server's search path has, where it does not belong to the system: the virtual
 * environment, and the installation of pyenv or conda below it. Steps in a sandbox so have the Python that they would
 * have as plain processes. Never a folder that has more than Python in it, such as a home or `~/.local`.
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

/** pyenv and asdf put scripts on the search path, which choose a version by the folder that they are called in. */
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

/** What an installation of Python consists of; anything else beside it is not Python's alone. */
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

/** Beside them in a virtual environment, by venv, virtualenv and uv. */
const OF_ENVIRONMENT = ['pyvenv.cfg', 'Scripts', '.gitignore', '.lock', 'CACHEDIR.TAG'];

/**
 * A virtual environment may have been made right in a project or a home, which is not shown for it: files of conda's are
 * too many to name, so that its folder is known by what a home or a project has.
 */
function isInstallation(folder: string): boolean {
  const names = readdirSync(folder);
  if (names.includes('conda-meta')) return !names.some((name) => NOT_OF_CONDA.test(name));
  const own = names.includes('pyvenv.cfg') ? new Set([...OWN, ...OF_ENVIRONMENT]) : OWN;
  return names.includes('lib') && names.every((name) => own.has(name)) && !folder.endsWith('/.local');
}

const NOT_OF_CONDA = /^\.(?:env|git|ssh|aws|config|cache|local|bashrc|profile|zshrc|netrc)\b/;
