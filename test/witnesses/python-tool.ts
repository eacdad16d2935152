import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { toolFolder } from './tool-folder.ts';

const run = promisify(execFile);

/** moto with its interpreter of state machines, JSONata in Python for it, and botocore, which has AWS's models of its APIs. */
export const MOTO = ['moto[stepfunctions]==5.2.5', 'jsonata-python==0.7.1', 'botocore==1.44.8'];

/**
 * A program of PyPI, installed into an environment of its own when it is not there yet.
 *
 * @param requirements packages with their exact versions, such as `cfn-lint==1.58.0`.
 * @returns path of the program; `python` is the environment's interpreter.
 */
export async function pythonTool(requirements: readonly string[], program: string): Promise<string> {
  const environment = toolFolder(requirements.join('-').replaceAll(/[^\w.-]+/g, '-'));
  const path = join(environment, 'bin', program);
  if (existsSync(path)) return path;
  await run('python3', ['-m', 'venv', environment]);
  await run(join(environment, 'bin', 'pip'), [
    'install',
    '--quiet',
    '--disable-pip-version-check',
    ...requirements,
  ]);
  return path;
}
