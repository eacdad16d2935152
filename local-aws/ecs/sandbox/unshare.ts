import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { kernelFiles } from './kernel-files.ts';
import { beginning } from './stages.ts';
import {
  SANDBOX_HOST,
  SANDBOX_USER,
  type SandboxCommand,
  type SandboxedProgram,
  type VisibleEntry,
} from './visible-entry.ts';

const PATH = '/usr/sbin:/usr/bin:/sbin:/bin';
/** Devices of the host's `/dev`, because a user namespace cannot create devices. */
const DEVICES = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];
const DEVICE_LINKS = { fd: '/proc/self/fd', stdin: 'fd/0', stdout: 'fd/1', stderr: 'fd/2', ptmx: 'pts/ptmx' };
/** Size of the tree of folders and links. */
const ROOT_BYTES = 4 * 1024 * 1024;
/** Where the host's root is mounted until it is unmounted. */
const OLD_ROOT = '.machine';
/**
 * Contains the program's variables until it starts, because one such as LD_PRELOAD must not affect the setup of the
 * sandbox.
 */
const ENVIRONMENT = '/run/environment';

/**
 * Starts programs in namespaces with util-linux alone: unshare(1), mount(8), pivot_root(8), setpriv(1). A shell is the
 * init process, and mounts what the program sees as root of a user namespace. The program runs in a second user
 * namespace, in which it has no capability and cannot undo a mount of the first one.
 */
export function unshare() {
  const kernel = kernelFiles();
  return (run: SandboxedProgram): SandboxCommand => ({
    program: 'setpriv',
    arguments: [
      ...['--pdeathsig', 'KILL', '--', 'unshare', '--user', '--map-root-user', '--mount', '--ipc', '--uts'],
      ...['--cgroup', ...(run.network ? [] : ['--net']), '--pid', '--fork', '--kill-child=KILL', '--'],
      ...['setsid', '/bin/sh', '-c', 'eval "$(cat <&3)"', 'sh'],
      ...[
        'unshare',
        '--user',
        `--map-user=${SANDBOX_USER}`,
        `--map-group=${SANDBOX_USER}`,
        '--keep-caps',
        '--',
      ],
      ...['setpriv', '--no-new-privs', '--bounding-set=-all', '--inh-caps=-all', '--ambient-caps=-all', '--'],
      ...beginning(run, ENVIRONMENT),
    ],
    input: layOut(run, kernel),
  });
}

/** Returns the shell's script. Its arguments are the command that it runs at the end. */
function layOut(run: SandboxedProgram, kernel: readonly VisibleEntry[]): string {
  const root = run.emptyFolder;
  const entries = [...run.entries, ...deviceEntries(run)];
  return [
    'set -e',
    'exec 3<&-',
    `export PATH=${PATH}`,
    `mount -t tmpfs -o mode=755,size=${ROOT_BYTES} root ${quote(root)}`,
    `cd ${quote(root)}`,
    ...createMountPoints(entries),
    ...mountAll([
      ...entries.flatMap((entry) => mountLine(entry, root)),
      `proc ${field(join(root, 'proc'))} proc nosuid,nodev,noexec`,
      `devpts ${field(join(root, 'dev/pts'))} devpts newinstance,ptmxmode=0666,mode=620,nosuid,noexec`,
    ]),
    // One more namespace for the program, and none inside that one.
    'echo 1 >proc/sys/user/max_user_namespaces',
    ...mountAll(kernel.flatMap((entry) => mountLine(entry, root))),
    `cat >.${ENVIRONMENT} <<'END OF VARIABLES'`,
    ...Object.entries(run.env).flatMap(exportLine),
    'END OF VARIABLES',
    `hostname ${SANDBOX_HOST} 2>/dev/null || :`,
    'ip link set lo up 2>/dev/null || :',
    `pivot_root . ${OLD_ROOT}`,
    'cd /',
    `umount -l /${OLD_ROOT}`,
    `rmdir /${OLD_ROOT}`,
    'mount -o remount,bind,ro /',
    `cd ${quote(run.cwd)}`,
    'set +e',
    // Not the last command, so that this shell stays the init process.
    '"$@"',
    'exit "$?"',
  ].join('\n');
}

function deviceEntries(run: SandboxedProgram): VisibleEntry[] {
  return [
    ...DEVICES.map((name): VisibleEntry => {
      const at = `/dev/${name}`;
      return { kind: 'bind', from: at, at, readOnly: false };
    }),
    ...Object.entries(DEVICE_LINKS).map(
      ([name, target]): VisibleEntry => ({ kind: 'link', target, at: `/dev/${name}` }),
    ),
    { kind: 'memory', at: '/dev/shm', bytes: run.sharedMemoryBytes, readOnly: false },
  ];
}

/** Commands that create mount points and links in the new root, which is the current folder. */
function createMountPoints(entries: readonly VisibleEntry[]): string[] {
  const folders = new Set(['proc', 'dev/pts', 'run', OLD_ROOT]);
  const files: string[] = [];
  const links: string[] = [];
  for (const entry of entries) {
    const path = entry.at.slice(1);
    const isFolder = entry.kind === 'memory' || (entry.kind === 'bind' && statSync(entry.from).isDirectory());
    folders.add(isFolder ? path : dirname(path));
    if (entry.kind === 'link') links.push(`ln -s ${quote(entry.target)} ${quote(path)}`);
    else if (!isFolder) files.push(`: >${quote(path)}`);
  }
  return [`mkdir -p ${[...folders].map(quote).join(' ')}`, ...files, ...links];
}

/** Mounts everything with one call, because each call starts a process. */
const mountAll = (lines: readonly string[]): string[] => [
  "cat >.mounts <<'END OF MOUNTS'",
  ...lines,
  'END OF MOUNTS',
  'mount --all --fstab .mounts',
  'rm .mounts',
];

/** A line of fstab(5). */
function mountLine(entry: VisibleEntry, root: string): string[] {
  const path = field(join(root, entry.at));
  switch (entry.kind) {
    case 'bind': {
      // The mount point of a folder may be inside one that is mounted before it.
      const options = entry.readOnly ? `rbind,X-mount.mkdir,ro${flagsOf(entry.from)}` : 'rbind';
      return [`${field(entry.from)} ${path} none ${options}`];
    }
    case 'memory':
      return [`tmpfs ${path} tmpfs nosuid,nodev,size=${entry.bytes},mode=755${entry.readOnly ? ',ro' : ''}`];
    case 'link':
      return [];
  }
}

/**
 * Restrictions of the host's mount, which must be repeated here, because the kernel does not allow a process to remove
 * them.
 */
function flagsOf(path: string): string {
  const flags = mountOf(path).filter((flag) => ['nosuid', 'nodev', 'noexec'].includes(flag));
  return [...new Set(['', 'nosuid', 'nodev', ...flags])].join(',');
}

/** The options of the mount that contains a path (proc(5), mountinfo). */
function mountOf(path: string): readonly string[] {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , , , point = '']) => point === '/' || path === point || path.startsWith(`${point}/`))
    .sort(([, , , , a = ''], [, , , , b = '']) => a.length - b.length);
  return mounts.at(-1)?.[5]?.split(',') ?? [];
}

const field = (path: string): string =>
  path.replace(/[\\ \t\n#]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`);

/** Skips names that are not valid in a shell. */
function exportLine([name, value]: readonly [string, string]): string[] {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? [`export ${name}=${quote(value)}`] : [];
}

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
