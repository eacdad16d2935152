/** Exits with a sentence if the image has no Python. */
const FIND_PYTHON =
  'flowserv_program=$(command -v python3 || command -v python) || ' +
  "{ echo 'the image of this step has no Python; name one with Python 3.8 or later' >&2; exit 1; }; ";

/**
 * Returns the command of a code or notebook step. Isolated mode (`-I`) keeps the run directory, the variables
 * `PYTHON…` and the user's own packages away from the program.
 *
 * @param python Python of the worker, as text of a command; undefined for the first one on the path of the image.
 * @param leavesResult whether the step must leave a result: its function may end the program in another way.
 */
export function pythonCommand(python: string | undefined, leavesResult: boolean): string {
  const run = `${python ?? '"$flowserv_program"'} -I -X utf8 -u "$FS_CTL/step.py"`;
  const find = python === undefined ? FIND_PYTHON : '';
  if (!leavesResult) return `${find}${run}`;
  const missing = "echo 'the function ended the program, so that its result is missing' >&2; exit 1";
  return `${find}${run} || exit; [ -f "$FS_LOG/variable.json" ] || { ${missing}; }`;
}
