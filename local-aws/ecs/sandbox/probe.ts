import { readlinkSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProcessGroup } from '../process-group.ts';
import { removeTree } from '../remove-tree.ts';
import { type MachineChoice, machineView, SANDBOX_HOME } from './machine-view.ts';
import { sandboxOrder } from './stages.ts';
import {
  SANDBOX_USER,
  type SandboxCommand,
  type SandboxedProgram,
  type VisibleEntry,
} from './visible-entry.ts';

const NAMESPACES = ['user', 'pid', 'mnt', 'net', 'ipc', 'uts', 'cgroup'];
/** Mounts inside to which a program may write. */
const WRITABLE = ['/probe/open', '/tmp', SANDBOX_HOME, '/dev/shm', '/dev/pts', '/dev/', '/proc'];

/** A script that prints what a program finds inside, one fact per line. */
const SCRIPT = [
  'echo "user $(id -u)"',
  ...NAMESPACES.map((name) => `echo "namespace ${name} $(readlink /proc/self/ns/${name})"`),
  `while read -r name value; do case $name in CapPrm:|CapEff:|NoNewPrivs:) echo "status $name $value";; esac; done </proc/self/status`,
  'while read -r _ _ _ _ at options _; do echo "mount $at $options"; done </proc/self/mountinfo',
  'for at; do [ -z "$(ls -A "$at" 2>/dev/null)" ] || echo "sees $at"; done',
  'for at in / /usr /etc /probe/closed; do ( : >"$at/probe" ) 2>/dev/null && echo "writes $at"; done',
  '( : >>/proc/sys/kernel/core_pattern ) 2>/dev/null && echo "writes /proc/sys/kernel/core_pattern"',
  'cat /probe/closed/file',
  'echo written >/probe/open/file',
  'exit 3',
].join('\n');

/**
 * Starts a program in a sandbox, and compares what it finds with what the sandbox guarantees.
 *
 * @returns messages about broken guarantees; empty for a reliable sandbox
 */
export async function probe(
  choice: MachineChoice,
  command: (run: SandboxedProgram) => SandboxCommand,
): Promise<string[]> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'sandbox-probe-')));
  try {
    return await tryIn(folder, choice, command);
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  } finally {
    await removeTree(folder);
  }
}

async function tryIn(
  folder: string,
  choice: MachineChoice,
  command: (run: SandboxedProgram) => SandboxCommand,
): Promise<string[]> {
  const names = ['open', 'closed', 'tmp', 'home', 'empty'];
  await Promise.all(names.map((name) => mkdir(join(folder, name))));
  await writeFile(join(folder, 'closed', 'file'), 'readable\n');
  const { system, chosen, searchPath } = await machineView(choice, join(folder, 'etc'));
  const bind = (name: string, at: string, readOnly = false): VisibleEntry => {
    return { kind: 'bind', from: join(folder, name), at, readOnly };
  };
  const run: SandboxedProgram = {
    program: '/bin/sh',
    arguments: ['-c', SCRIPT, 'sh', folder, ...choice.hidden],
    env: { PATH: searchPath },
    cwd: '/probe/open',
    network: false,
    entries: [
      ...[...system, bind('tmp', '/tmp'), bind('home', SANDBOX_HOME), ...chosen],
      ...[bind('open', '/probe/open'), bind('closed', '/probe/closed', true)],
    ],
    sharedMemoryBytes: 1024 ** 2,
    emptyFolder: join(folder, 'empty'),
    processes: undefined,
  };
  const order = sandboxOrder(command(run), { groups: [], limits: [] }, {});
  const started = await startProcessGroup({ ...order, keepOutput: true });
  const exitCode = await started.exited;
  const { stdout, stderr } = await started.outputs;
  const found = Buffer.from(stdout).toString().split('\n');
  const written = await readFile(join(folder, 'open', 'file'), 'utf8').catch(() => '');
  return [
    ...(exitCode === 3
      ? []
      : [`its program ended with ${exitCode}: ${Buffer.from(stderr).toString().trim()}`]),
    ...(written === 'written\n' ? [] : ['a writable folder cannot be written to']),
    ...(found.includes('readable') ? [] : ['a read-only folder cannot be read']),
    ...judge(found),
  ];
}

/** Returns a message for each fact that breaks a guarantee. */
function judge(lines: readonly string[]): string[] {
  const facts = lines.map((line) => line.split(' '));
  const shared = NAMESPACES.filter((name) => {
    const inside = facts.find(([kind, found]) => kind === 'namespace' && found === name)?.[2];
    return inside === undefined || inside === outside(name);
  });
  const status = facts
    .filter(([kind]) => kind === 'status')
    .map(([, name, value]) => `${name}${Number(value)}`);
  const expected = ['CapPrm:0', 'CapEff:0', 'NoNewPrivs:1'];
  const mounts = facts.filter(
    ([kind, at = '', options = '']) =>
      kind === 'mount' && !options.split(',').includes('ro') && !WRITABLE.some((folder) => isAt(at, folder)),
  );
  return [
    ...shared.map((name) => `the ${name} namespace is the host's`),
    ...(facts.some(([kind, user]) => kind === 'user' && user === String(SANDBOX_USER))
      ? []
      : ['the program runs as another user']),
    ...expected.filter((fact) => !status.includes(fact)).map((fact) => `the status is not ${fact}`),
    ...facts.filter(([kind]) => kind === 'sees').map(([, path]) => `it sees ${path}`),
    ...facts.filter(([kind]) => kind === 'writes').map(([, path]) => `it writes to ${path}`),
    ...mounts.map(([, path]) => `${path} is writable`),
  ];
}

const isAt = (path: string, folder: string) =>
  folder.endsWith('/') ? path.startsWith(folder) : path === folder;

/** Undefined if the kernel does not have this kind of namespace. */
function outside(name: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/ns/${name}`);
  } catch {
    return undefined;
  }
}
