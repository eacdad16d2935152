import { invalid } from '../errors.ts';
import type { PlannedStep } from './run-plan.ts';

/**
 * The POSIX shell script that a step's container runs: `. "$FS_CTL/step.sh"` in `/bin/sh`.
 *
 * Each command is the argument of a new `/bin/sh -c`, as in flowServ's subprocess worker (flowServ engine
 * specification, workers): `cd`, `set`, `exit`, traps and variables of one command do not reach the next.
 * Its output goes to `$FS_LOG/<n>.out` and `$FS_LOG/<n>.err`, n counted from 0. The first exit code that is
 * not 0 ends the step with that code.
 *
 * Codes of the script itself: 125 when the files were not laid out, 126 without a working folder.
 *
 * @throws FlowservError 400 `step.variable` for a name or value that no shell variable can have
 */
export function stepScript(step: PlannedStep): string {
  const variables = [...Object.entries(step.env), ...Object.entries(step.variables)];
  return `${[
    `if [ ! -f "$FS_CTL/ready" ]; then echo 'the files of this step were not laid out' >&2; exit 125; fi`,
    'cd "$FS_WORK" || exit 126',
    'unset FS_BROKER FS_TICKET FS_MODE',
    // In a function, called in each command's own subshell: no variable of the step can change a path that
    // this script still needs. $1 is the folder of the Python package.
    'flowserv_variables() {',
    ...variables.map(([name, value]) => exportLine(name, value)),
    'export PYTHONPATH="$1${PYTHONPATH:+:$PYTHONPATH}"',
    '}',
    'flowserv_end() { ( : >"$FS_LOG/end/mark" ) 2>/dev/null; exit "$1"; }',
    ...step.commands.map(commandLine),
    'flowserv_end 0',
  ].join('\n')}\n`;
}

function exportLine(name: string, value: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    throw invalid('step.variable', `'${name}' cannot be the name of an environment variable`);
  }
  return `export ${name}=${quote(value)}`;
}

const commandLine = (command: string, index: number): string =>
  `( flowserv_variables "$FS_CTL/python"; exec /bin/sh -c ${quote(command)} ) ` +
  `</dev/null >"$FS_LOG/${index}.out" 2>"$FS_LOG/${index}.err" || flowserv_end "$?"`;

/** A text as one word of the shell, byte for byte: in single quotes nothing has a meaning but their own end. */
function quote(text: string): string {
  if (text.includes('\0')) {
    throw invalid('step.variable', 'a command or value contains a NUL character');
  }
  return `'${text.replaceAll("'", "'\\''")}'`;
}
