import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);
/** Maximum output of a program. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Runs a program to its end; returns its output.
 *
 * @throws Error with its error output when it fails
 */
export async function run(
  program: string,
  programArguments: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const { stdout } = await execute(program, programArguments, { maxBuffer: MAX_BYTES, ...options });
  return stdout;
}
