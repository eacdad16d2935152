import type { ProcessOrder } from '../launcher-protocol.ts';
import type { SandboxCommand, SandboxedProgram } from './visible-entry.ts';

/** Limits of a sandboxed program besides its view of the host. */
export interface Bounds {
  /** `cgroup.procs` of the control groups that it joins. */
  readonly groups: readonly string[];
  /** Options of the shell's `ulimit`, such as `-c 0`. */
  readonly limits: readonly string[];
}

/**
 * Joins the control groups, sets the limits, and then becomes the sandbox: `sh -c ENTERING sh LIMIT… -- GROUP… --
 * COMMAND…`. When memory runs out, the kernel ends such a process before any other.
 */
const ENTERING = [
  'echo 1000 2>/dev/null >/proc/self/oom_score_adj',
  'while [ "$1" != -- ]; do ulimit $1 || exit 125; shift; done',
  'shift',
  'while [ "$1" != -- ]; do echo 0 >"$1" || exit 125; shift; done',
  'shift',
  'exec "$@"',
].join('\n');

/**
 * Reports on descriptor 4 that the sandbox is complete and the program exists, waits for the signal to start, and
 * becomes the program: `sh -c BEGINNING sh VARIABLES PROCESSES PROGRAM ARGUMENT…`, with `-` for a missing value. The
 * limit of processes counts only those in the sandbox, because it is set inside.
 */
const BEGINNING = [
  'if [ "$1" != - ]; then . "$1"; fi',
  'limit=$2',
  'shift 2',
  'command -v "$1" >/dev/null || { echo "exec: $1: not found" >&2; exit 127; }',
  'echo >&4',
  'read -r _ <&4 || exit 125',
  'exec 3<&- 4>&-',
  'if [ "$limit" != - ]; then exec prlimit "--nproc=$limit" -- "$@"; fi',
  'exec "$@"',
].join('\n');

/**
 * Returns the last command inside, which becomes the program.
 *
 * @param variables file inside that exports the program's variables, if they are not already set
 */
export const beginning = (
  { program, arguments: given, processes }: SandboxedProgram,
  variables = '-',
): readonly string[] => [
  ...['/bin/sh', '-c', BEGINNING, 'sh', variables],
  ...[processes === undefined ? '-' : String(processes), program, ...given],
];

/** Returns how a sandbox is started. Its environment is not the program's, and identifies the process's container. */
export function sandboxOrder(
  command: SandboxCommand,
  { groups, limits }: Bounds,
  env: Readonly<Record<string, string>>,
): Omit<ProcessOrder, 'keepOutput'> {
  return {
    program: '/bin/sh',
    arguments: [
      '-c',
      ENTERING,
      'sh',
      ...limits,
      '--',
      ...groups,
      '--',
      command.program,
      ...command.arguments,
    ],
    env,
    cwd: '/',
    sandbox: { input: command.input },
  };
}
