import { invalid } from '../errors.ts';
import type { PlannedStep } from './run-plan.ts';

/**
 * The command of a step's container: runs the script that `stage` placed. The file `begun` shows `warden` that the
 * image has a shell, since an init process that cannot start anything exits with an ordinary code (127 for tini, 1 for
 * catatonit). The check for the file is needed because a shell exits at `.` with a missing file, with a code of its
 * own.
 */
export const STEP_COMMAND =
  'true >"$FS_LOG/begun"; ' +
  `if [ ! -f "$FS_CTL/step.sh" ]; then echo 'the files of this step were not laid out' >&2; exit 125; fi; ` +
  '. "$FS_CTL/step.sh"';

/**
 * The command of the container of a task's later step. The container starts when the one before it ended, and waits
 * for the files of its own step. `warden` ends the task if there will be none. Not every `sleep` knows fractions.
 */
export const LATER_STEP_COMMAND =
  'while [ ! -e "$FS_CTL/ready" ]; do sleep 0.05 2>/dev/null || sleep 1; done; ' +
  'true >"$FS_LOG/begun"; . "$FS_CTL/step.sh"';

/**
 * The POSIX shell script that a step's container runs by `STEP_COMMAND`, in `/bin/sh`.
 *
 * Each command is the argument of a new `/bin/sh -c`, as in flowServ's subprocess worker (flowServ engine
 * specification, workers): `cd`, `set`, `exit`, traps and variables of one command do not affect the next. Its output
 * goes to `$FS_LOG/<n>.out` and `$FS_LOG/<n>.err`, n counted from 0. The first exit code other than 0 ends the step
 * with that code.
 *
 * SIGTERM reaches only this script, because the init process of a container sends it only to its own child. The script
 * forwards it to every process of the command, waits until all of them end, and exits with 143. A program can save its
 * state within the container's stop time.
 *
 * Exit codes of the script itself: 125 if the files were not laid out, 126 without a working folder, 143 after
 * SIGTERM.
 *
 * @throws FlowservError 400 `step.variable` for a name or value that is not valid for a shell variable
 */
export function stepScript(step: PlannedStep): string {
  const variables = [...Object.entries(step.env), ...Object.entries(step.variables)];
  return `${[
    `if [ ! -f "$FS_CTL/ready" ]; then echo 'the files of this step were not laid out' >&2; exit 125; fi`,
    'cd "$FS_WORK" || exit 126',
    'unset FS_BROKER FS_TICKET FS_MODE',
    DEFAULTS,
    // A function that each command calls in its own subshell, so that no variable of the step can change a path that
    // this script still needs. $1 is the folder with the modules for steps.
    'flowserv_variables() {',
    ...variables.map(([name, value]) => exportLine(name, value)),
    'export PYTHONPATH="$1/python${PYTHONPATH:+:$PYTHONPATH}"',
    'export NODE_PATH="${NODE_PATH:+$NODE_PATH:}$1/javascript" FLOWSERV_R="$1/r/flowserv.R"',
    '}',
    'flowserv_end() { ( : >"$FS_LOG/end/mark" ) 2>/dev/null; exit "$1"; }',
    STOPPING,
    ...step.commands.map(commandLine),
    'flowserv_end 0',
  ].join('\n')}\n`;
}

/**
 * The POSIX shell script of a step without the warden and the modules for steps: for an engine that runs it in the run's
 * folder and collects its output. Commands are separated as in `stepScript`.
 *
 * @param folders that the step expects to exist
 * @throws FlowservError 400 `step.variable` for a name or value that is not valid for a shell variable
 */
export function plainStepScript(step: PlannedStep, folders: readonly string[]): string {
  const variables = [...Object.entries(step.env), ...Object.entries(step.variables)];
  return `${[
    ...folders.map((folder) => `mkdir -p -- ${quote(folder)} || exit 126`),
    ...variables.map(([name, value]) => exportLine(name, value)),
    ...step.commands.map((command) => `/bin/sh -c ${quote(command)} </dev/null || exit "$?"`),
  ].join('\n')}\n`;
}

/**
 * Defaults that programs expect and some images lack: a writable home (an image without the user's number has `/`), a
 * folder for temporary files, and UTF-8. `stage` created the folders, since an image may lack `mkdir`. Usable values
 * of the image are kept. The step's own variables are set later and override both.
 */
const DEFAULTS = [
  'flowserv_folder() { [ "$1" != / ] && [ -d "$1" ] && [ -w "$1" ]; }',
  'flowserv_folder "${HOME-}" || HOME="$FS_LOG/home"',
  'flowserv_folder "${TMPDIR:=/tmp}" || TMPDIR="$FS_LOG/tmp"',
  'if [ -z "${LC_ALL-}${LC_CTYPE-}${LANG-}" ]; then export LANG=C.UTF-8; fi',
  'export HOME TMPDIR',
].join('\n');

/**
 * Handles SIGTERM. A shell handles a signal only while it waits for a background job.
 *
 * - A background job ignores SIGINT and SIGQUIT, and its children inherit that (POSIX, "Asynchronous lists"). GNU
 *   `env` restores the defaults. Where `env` cannot (busybox), programs of the step ignore both.
 * - The shell of a command exits on SIGTERM immediately, before the programs that it waits for. All of them hold
 *   one end of a pipe (descriptor 8), whose other end closes when the last one ends. Without `mkfifo` the script waits
 *   only for the command's shell.
 */
const STOPPING = [
  // A function, because a step may set an IFS that splits the words of a variable differently.
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
  `( flowserv_variables "$FS_CTL"; flowserv_exec ${quote(command)} ) ` +
  `</dev/null >"$FS_LOG/${index}.out" 2>"$FS_LOG/${index}.err" 7<&- &\n` +
  'wait "$!" || flowserv_end "$?"';

/** Quotes a text as one shell word, byte for byte: inside single quotes only the closing quote has a meaning. */
export function quote(text: string): string {
  if (text.includes('\0')) {
    throw invalid('step.variable', 'a command or value contains a NUL character');
  }
  return `'${text.replaceAll("'", "'\\''")}'`;
}
