import type { ProcessOrder } from '../launcher-protocol.ts';
import type { SandboxCommand, SandboxedProgram } from './sight.ts';

/** What bounds a sandboxed program besides its view of the machine. */
export interface Bounds {
  /** `cgroup.procs` of the control groups that it joins. */
  readonly groups: readonly string[];
  /** Options of the shell's `ulimit`, such as `-c 0`. */
  readonly limits: readonly string[];
}

/**
 * Becomes the sandbox, in the control groups and with the limits: `sh -c ENTERING sh LIMIT… -- GROUP… -- COMMAND…`. The
 * kernel ends such a process before any other where memory runs out.
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
 * Tells the launcher that everything is laid out and the program is there, by the descriptor 4, waits for its answer, and
 * becomes the program: `sh -c BEGINNING sh VARIABLES PROCESSES PROGRAM ARGUMENT…`, with `-` for what there is none of. The limit of processes
 * counts those in the sandbox only, as it is set inside.
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
 * The last command inside, which becomes the program.
 *
 * @param variables file inside that exports the program's variables, where it does not have them already
 */
export const beginning = (
  { program, arguments: given, processes }: SandboxedProgram,
  variables = '-',
): readonly string[] => [
  ...['/bin/sh', '-c', BEGINNING, 'sh', variables],
  ...[processes === undefined ? '-' : String(processes), program, ...given],
];

/** How a sandbox is started. The environment has no part in the program's, and tells whose process this is. */
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
