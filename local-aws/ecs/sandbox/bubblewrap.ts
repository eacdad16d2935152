import { kernelFiles } from './kernel-files.ts';
import {
  SANDBOX_HOST,
  SANDBOX_USER,
  type SandboxCommand,
  type SandboxedProgram,
  type Sight,
} from './sight.ts';
import { beginning } from './stages.ts';

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
      ...run.sights.flatMap(sightOptions),
      ...['--proc', '/proc', ...kernel.flatMap(sightOptions), '--dev', '/dev'],
      ...sightOptions({ kind: 'memory', at: '/dev/shm', bytes: run.sharedMemoryBytes, readOnly: false }),
      ...['--remount-ro', '/dev', '--remount-ro', '/', '--chdir', run.cwd, '--clearenv'],
      ...Object.entries(run.env).flatMap(([name, value]) => ['--setenv', name, value]),
      '',
    ].join('\0'),
  });
}

function sightOptions(sight: Sight): string[] {
  switch (sight.kind) {
    case 'bind':
      return [sight.readOnly ? '--ro-bind' : '--bind', sight.from, sight.at];
    case 'link':
      return ['--symlink', sight.target, sight.at];
    case 'memory':
      return [
        ...['--size', String(sight.bytes), '--tmpfs', sight.at],
        ...(sight.readOnly ? ['--remount-ro', sight.at] : []),
      ];
  }
}
