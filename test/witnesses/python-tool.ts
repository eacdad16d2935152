import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installed } from './tool-folder.ts';

const run = promisify(execFile);

/** Lists of packages, each for an environment of its own, with the name of that. */
const ENVIRONMENTS = {
  'requirements.txt': 'python',
  'ro-crate.txt': 'python-ro-crate',
  'papermill.txt': 'papermill',
  'reana.txt': 'reana-client',
  'wes.txt': 'wes',
} as const;

/**
 * Returns a program from PyPI, which is installed into a virtual environment on first use: `cfn-lint`, or `python` with
 * moto, its interpreter of state machines and botocore, with roc-validator, with reana-client, or with Sapporo and
 * cwltool.
 */
export const pythonTool = async (
  program: 'cfn-lint' | 'python',
  list: 'requirements.txt' | 'ro-crate.txt' | 'reana.txt' | 'wes.txt' = 'requirements.txt',
): Promise<string> => join(await pythonEnvironment(list), 'bin', program);

/** Returns the folder of a virtual environment with papermill and a Jupyter kernel. */
export const papermillEnvironment = (): Promise<string> => pythonEnvironment('papermill.txt');

/**
 * Installs the packages of a list into a virtual environment, and returns its folder. The list is complete, so
 * dependencies are not resolved, and only imported modules are compiled.
 */
function pythonEnvironment(list: keyof typeof ENVIRONMENTS): Promise<string> {
  const requirements = fileURLToPath(new URL(list, import.meta.url));
  return installed(ENVIRONMENTS[list], readFileSync(requirements, 'utf8'), async (folder) => {
    await run('python3', ['-m', 'venv', folder]);
    const options = ['--quiet', '--disable-pip-version-check', '--no-deps', '--no-compile'];
    await run(join(folder, 'bin', 'pip'), ['install', ...options, '-r', requirements]);
  });
}
