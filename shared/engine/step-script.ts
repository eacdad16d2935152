import { invalid } from '../errors.ts';
import type { PlannedStep } from './run-plan.ts';

/**
 * What the shell of a step's container runs: the script that `stage` has laid out. `warden` knows by the mark that the
 * image has a shell, since an init process without anything to start ends with an exit code like any other (127 of tini,
 * 1 of catatonit). A shell would end by itself at `.` of a file that is not there, with a code of its own.
 */
export const STEP_COMMAND =
  'true >"$FS_LOG/begun"; ' +
  `if [ ! -f "$FS_CTL/step.sh" ]; then echo 'the files of this step were not laid out' >&2; exit 125; fi; ` +
  '. "$FS_CTL/step.sh"';

/**
 * The POSIX shell script that a step's container runs by `STEP_COMMAND`, in `/bin/sh`.
 *
 * Each command is the argument of a new `/bin/sh -c`, as in flowServ's subprocess worker (flowServ engine
 * specification, workers): `cd`, `set`, `exit`, traps and variables of one command do not reach the next.
 * Its output goes to `$FS_LOG/<n>.out` and `$FS_LOG/<n>.err`, n counted from 0. The first exit code that is
 * not 0 ends the step with that code.
 *
 * SIGTERM reaches this script alone, as the init process of a container passes it to its own child only. The script
 * passes it on to every process of the command, waits until all of them have ended, and ends with 143: a program has
 * the container's stop time to save its state.
 *
 * Codes of the script itself: 125 when the files were not laid out, 126 without a working folder, 143 after SIGTERM.
 *
 * @throws FlowservError 400 `step.variable` for a name or value that no shell variable can have
 */
export function stepScript(step: PlannedStep): string {
  const variables = [...Object.entries(step.env), ...Object.entries(step.variables)];
  return `${[
    `if [ ! -f "$FS_CTL/ready" ]; then echo 'the files of this step were not laid out' >&2; exit 125; fi`,
    'cd "$FS_WORK" || exit 126',
    'unset FS_BROKER FS_TICKET FS_MODE',
    DEFAULTS,
    // In a function, called in each command's own subshell: no variable of the step can change a path that
    // this script still needs. $1 is the folder of the Python package.
    'flowserv_variables() {',
    ...variables.map(([name, value]) => exportLine(name, value)),
    'export PYTHONPATH="$1${PYTHONPATH:+:$PYTHONPATH}"',
    '}',
    'flowserv_end() { ( : >"$FS_LOG/end/mark" ) 2>/dev/null; exit "$1"; }',
    STOPPING,
    ...step.commands.map(commandLine),
    'flowserv_end 0',
  ].join('\n')}\n`;
}

/**
 * What programs expect and images do not all have: a home that can be written (one without a user of the number has `/`),
 * a folder for temporary files, and UTF-8. `stage` has made the folders, as an image may lack `mkdir`. What the image
 * sets stays where it can be used; the step's own variables come after and win.
 */
const DEFAULTS = [
  'flowserv_folder() { [ "$1" != / ] && [ -d "$1" ] && [ -w "$1" ]; }',
  'flowserv_folder "${HOME-}" || HOME="$FS_LOG/home"',
  'flowserv_folder "${TMPDIR:=/tmp}" || TMPDIR="$FS_LOG/tmp"',
  'if [ -z "${LC_ALL-}${LC_CTYPE-}${LANG-}" ]; then export LANG=C.UTF-8; fi',
  'export HOME TMPDIR',
].join('\n');

/**
 * What SIGTERM does. A shell acts on a signal while it waits for a job in the background, and only then.
 *
 * - A job in the background ignores SIGINT and SIGQUIT, and what it starts inherits that (POSIX, "Asynchronous lists"):
 *   GNU `env` gives them back. Where it cannot (busybox), programs of the step ignore both.
 * - The shell of a command dies of SIGTERM at once, before the programs that it waits for. All of them hold one end of
 *   a pipe (descriptor 8), whose other end is closed when the last has ended. Without `mkfifo` the script waits for the
 *   command's shell alone.
 */
const STOPPING = [
  // As a function, since a step may have an IFS that divides the words of a variable otherwise.
  'if /usr/bin/env --default-signal=INT,QUIT >/dev/null 2>&1',
  `then flowserv_exec() { exec /usr/bin/env --default-signal=INT,QUIT /bin/sh -c "$1"; }`,
  `else flowserv_exec() { exec /bin/sh -c "$1"; }`,
  'fi',
  'if mkfifo "$FS_LOG/alive" 2>/dev/null',
  'then exec 8<>"$FS_LOG/alive" 7<"$FS_LOG/alive"',
  'else exec 7</dev/null 8</dev/null',
  'fi',
  'flowserv_stop() {',
  "trap '' TERM",
  'kill -TERM 0',
  'wait',
  'exec 8>&-',
  'while read -r flowserv_line; do :; done <&7',
  'flowserv_end 143',
  '}',
  'trap flowserv_stop TERM',
].join('\n');

function exportLine(name: string, value: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    throw invalid('step.variable', `'${name}' cannot be the name of an environment variable`);
  }
  return `export ${name}=${quote(value)}`;
}

const commandLine = (command: string, index: number): string =>
  `( flowserv_variables "$FS_CTL/python"; flowserv_exec ${quote(command)} ) ` +
  `</dev/null >"$FS_LOG/${index}.out" 2>"$FS_LOG/${index}.err" 7<&- &\n` +
  'wait "$!" || flowserv_end "$?"';

/** A text as one word of the shell, byte for byte: in single quotes nothing has a meaning but their own end. */
function quote(text: string): string {
  if (text.includes('\0')) {
    throw invalid('step.variable', 'a command or value contains a NUL character');
  }
  return `'${text.replaceAll("'", "'\\''")}'`;
}
