import { kernelFiles } from './kernel-files.ts';
import { beginning } from './stages.ts';
import {
  SANDBOX_HOST,
  SANDBOX_USER,
  type SandboxCommand,
  type SandboxedProgram,
  type VisibleEntry,
} from './visible-entry.ts';

/**
 * Starts programs with bubblewrap (bwrap(1)), whose init process is the first one inside. It ends with the process
 * that starts it.
 *
 * @param program path of `bwrap`
 * @param options.closed whether this bubblewrap can forbid further user namespaces (since 0.8.0)
 */
export function bubblewrap(program: string, { closed }: { readonly closed: boolean }) {
  const kernel = kernelFiles();
  return (run: SandboxedProgram): SandboxCommand => ({
    program,
    arguments: ['--args', '3', '--', ...beginning(run)],
    input: [
      ...['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'],
      ...(run.network ? [] : ['--unshare-net']),
      ...(closed ? ['--disable-userns'] : []),
      ...['--uid', String(SANDBOX_USER), '--gid', String(SANDBOX_USER), '--hostname', SANDBOX_HOST],
      ...['--die-with-parent', '--new-session', '--cap-drop', 'ALL'],
      ...run.entries.flatMap(entryOptions),
      ...['--proc', '/proc', ...kernel.flatMap(entryOptions), '--dev', '/dev'],
      ...entryOptions({ kind: 'memory', at: '/dev/shm', bytes: run.sharedMemoryBytes, readOnly: false }),
      ...['--remount-ro', '/dev', '--remount-ro', '/', '--chdir', run.cwd, '--clearenv'],
      ...Object.entries(run.env).flatMap(([name, value]) => ['--setenv', name, value]),
      '',
    ].join('\0'),
  });
}

function entryOptions(entry: VisibleEntry): string[] {
  switch (entry.kind) {
    case 'bind':
      return [entry.readOnly ? '--ro-bind' : '--bind', entry.from, entry.at];
    case 'link':
      return ['--symlink', entry.target, entry.at];
    case 'memory':
      return [
        ...['--size', String(entry.bytes), '--tmpfs', entry.at],
        ...(entry.readOnly ? ['--remount-ro', entry.at] : []),
      ];
  }
}
