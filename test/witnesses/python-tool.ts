import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { toolFolder } from './tool-folder.ts';

const run = promisify(execFile);

/**
 * A program of PyPI, installed into an environment of its own when it is not there yet.
 *
 * @param requirement the package with its exact version, such as `cfn-lint==1.58.0`.
 * @returns path of the program.
 */
export async function pythonTool(requirement: string, program: string): Promise<string> {
  const environment = toolFolder(requirement.replaceAll(/[^\w.-]+/g, '-'));
  const path = join(environment, 'bin', program);
  if (existsSync(path)) return path;
  await run('python3', ['-m', 'venv', environment]);
  await run(join(environment, 'bin', 'pip'), [
    'install',
    '--quiet',
    '--disable-pip-version-check',
    requirement,
  ]);
  return path;
}
