import { spawnSync } from 'node:child_process';
import { delimiter, dirname } from 'node:path';

/**
 * Puts the folder of Python first in the search path of this process and its children. With a version manager such as
 * pyenv, `python3` is a shell script that takes ten times as long to start as Python itself, and tests start it often.
 */
export function searchPythonFirst(): void {
  const { stdout, status } = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], {
    encoding: 'utf8',
  });
  const executable = stdout?.trim();
  if (status !== 0 || !executable) return;
  process.env.PATH = [dirname(executable), process.env.PATH].join(delimiter);
}
