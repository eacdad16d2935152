import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installed } from './tool-folder.ts';

const run = promisify(execFile);

/** Lists of packages, each for an environment of its own. */
type PackageList = 'requirements.txt' | 'ro-crate.txt';

/**
 * Returns a program from PyPI, which is installed into a virtual environment on first use: `cfn-lint`, or `python` with
 * moto, its interpreter of state machines and botocore, or with roc-validator. The list of packages is complete, so
 * dependencies are not resolved, and only imported modules are compiled.
 */
export async function pythonTool(
  program: 'cfn-lint' | 'python',
  list: PackageList = 'requirements.txt',
): Promise<string> {
  const requirements = fileURLToPath(new URL(list, import.meta.url));
  const environment = await installed(
    list === 'requirements.txt' ? 'python' : 'python-ro-crate',
    readFileSync(requirements, 'utf8'),
    async (folder) => {
      await run('python3', ['-m', 'venv', folder]);
      const options = ['--quiet', '--disable-pip-version-check', '--no-deps', '--no-compile'];
      await run(join(folder, 'bin', 'pip'), ['install', ...options, '-r', requirements]);
    },
  );
  return join(environment, 'bin', program);
}
