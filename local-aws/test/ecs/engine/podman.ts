import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { ContainerLaunch, Isolation, Runner, TaskLaunch } from '../../../ecs/runner.ts';
import { type ContainerEngine, createEngineRunner, findEngine } from '../../../index.ts';
import { containerLaunch, taskLaunch } from '../launch.ts';

const run = promisify(execFile);

/** The image of the tests: busybox, with its programs as links. */
export const IMAGE = 'localhost/local-ecs-test:1';
/** The name of an image with Node.js, which only some tests make. */
export const NODE_IMAGE = 'localhost/local-ecs-node:1';
const PROGRAMS = [
  'sh',
  'cat',
  'grep',
  'wc',
  'id',
  'ls',
  'nc',
  'rm',
  'sleep',
  'touch',
  'true',
  'wget',
  'mkdir',
  'chmod',
  'env',
  'tail',
];

/** The name of what is missing, for the line about skipped tests. */
export const missing = whatIsMissing();
if (missing) process.stderr.write(`tests with real containers are skipped: ${missing} is missing\n`);

function whatIsMissing(): string | undefined {
  if (process.platform !== 'linux') return 'Linux';
  if (!works('podman', ['--version'])) return 'podman';
  if (!works('runc', ['--version'])) return 'runc';
  return works('ldd', ['/bin/busybox']) || !works('/bin/busybox', ['true']) ? 'busybox-static' : undefined;
}

function works(program: string, given: readonly string[]): boolean {
  try {
    execFileSync(program, given, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A podman of the test's own. */
export interface TestPodman {
  /** Its path is short, because podman 4.3 fails with socket paths of more than 108 bytes. */
  readonly folder: string;
  readonly env: Record<string, string | undefined>;
  command(...words: string[]): Promise<string>;
  discard(): Promise<void>;
}

export async function makePodman(): Promise<TestPodman> {
  const folder = await mkdtemp('/tmp/le-');
  const file = async (name: string, lines: readonly string[]) => {
    await writeFile(join(folder, name), `${lines.join('\n')}\n`);
    return join(folder, name);
  };
  const env = {
    ...process.env,
    DOCKER_HOST: '',
    XDG_RUNTIME_DIR: folder,
    CONTAINERS_CONF: await file('containers.conf', [
      '[containers]',
      // In some containers, root may not raise limits.
      'default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]',
      '[engine]',
      // crun does not support cgroups of both versions at the same time.
      'runtime = "runc"',
      'cgroup_manager = "cgroupfs"',
      'events_logger = "file"',
      'lock_type = "file"',
      `tmp_dir = "${folder}/tmp"`,
      '[network]',
      `network_config_dir = "${folder}/networks"`,
    ]),
    CONTAINERS_STORAGE_CONF: await file('storage.conf', [
      '[storage]',
      'driver = "overlay"',
      `runroot = "${folder}/run"`,
      `graphroot = "${folder}/graph"`,
    ]),
    CONTAINERS_REGISTRIES_CONF: await file('registries.conf', ['unqualified-search-registries = []']),
  };
  const command = async (...words: string[]) => (await run('podman', words, { env })).stdout.trim();
  return {
    folder,
    env,
    command,
    async discard() {
      await command('rm', '--all', '--force', '--time', '0', '--volumes');
      if (process.geteuid?.() !== 0) await command('unshare', 'rm', '-rf', folder);
      // As root, Podman mounts its storage folder on itself and leaves it mounted.
      else await run('umount', [join(folder, 'graph', 'overlay')]).catch(() => {});
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Imports a busybox image.
 *
 * @param changes instructions of a Dockerfile
 * @param programs paths of programs of this host to add, with the libraries that they load
 */
export async function makeImage(
  podman: TestPodman,
  name = IMAGE,
  changes: readonly string[] = [],
  programs: readonly string[] = [],
): Promise<void> {
  const root = await mkdtemp(join(podman.folder, 'image-'));
  await mkdir(join(root, 'bin'));
  await mkdir(join(root, 'tmp'));
  await copyFile('/bin/busybox', join(root, 'bin/busybox'));
  await Promise.all(PROGRAMS.map((program) => symlink('busybox', join(root, 'bin', program))));
  for (const program of programs) {
    const { stdout } = await run('ldd', [program]);
    const libraries = stdout.match(/(?<=^\s*|=> )\/\S+(?= \()/gm) ?? [];
    const copies = [[program, join('bin', basename(program))], ...libraries.map((path) => [path, path])];
    for (const [from = '', to = ''] of copies) {
      await mkdir(join(root, dirname(to)), { recursive: true });
      await copyFile(from, join(root, to));
    }
  }
  const archive = `${root}.tar`;
  await run('tar', ['-C', root, '--owner=0', '--group=0', '-cf', archive, '.']);
  const change = ['ENV PATH=/bin', ...changes].flatMap((line) => ['--change', line]);
  await podman.command('import', '--quiet', ...change, archive, name);
}

/** Process ids of the services that `findEngine` started for a podman, without the processes that watch them. */
export async function servicesOf({ folder }: TestPodman): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const commands = pids.map(async (pid) => ({
    pid: Number(pid),
    words: (await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')).split('\0'),
  }));
  return (await Promise.all(commands))
    .filter(
      ({ words }) =>
        words[0]?.endsWith('podman') && words.some((word) => word.startsWith(`unix://${folder}/`)),
    )
    .map(({ pid }) => pid);
}

export async function killService(podman: TestPodman): Promise<void> {
  for (const pid of await servicesOf(podman)) process.kill(pid, 'SIGKILL');
}

/** An engine with its own podman, and a folder of tasks. */
export interface TestEngine {
  readonly podman: TestPodman;
  readonly engine: ContainerEngine;
  readonly runner: Runner;
  readonly workRoot: string;
  /** Runs a container to its end, and returns what it wrote to the file `out` of the volume `work`. */
  runToEnd(launch: Partial<ContainerLaunch>, task?: Partial<TaskLaunch>): Promise<ContainerEnd>;
  discard(): Promise<void>;
}

interface ContainerEnd {
  readonly exitCode: number;
  readonly reason: string | undefined;
  readonly imageDigest: string | undefined;
  readonly output: string;
}

/** Containers whose names begin with `step` are isolated, and those with `step-net` may use a network. */
export const isolationOf = ({ name }: { readonly name: string }): Isolation | undefined =>
  name.startsWith('step') ? { network: name.startsWith('step-net') } : undefined;

export async function startEngine(): Promise<TestEngine> {
  const podman = await makePodman();
  const engine = await findEngine({ env: podman.env, dataDir: podman.folder });
  const workRoot = join(podman.folder, 'work');
  const runner = createEngineRunner({ engine, workRoot, isolationOf, pull: 'missing', onProgress: () => {} });
  return {
    podman,
    engine,
    runner,
    workRoot,
    runToEnd: (launch, task) => runToEnd(runner, workRoot, launch, task),
    async discard() {
      await engine.close();
      await podman.discard();
    },
  };
}

export const newTaskId = (): string => randomBytes(16).toString('hex');

/** A container of the test's image that runs a script in the volume `work`. */
export const script = (text: string, more: Partial<ContainerLaunch> = {}): ContainerLaunch =>
  containerLaunch({
    image: IMAGE,
    entryPoint: ['/bin/sh', '-c'],
    command: [text],
    initProcess: true,
    workingDirectory: '/work',
    mounts: [{ volume: 'work', containerPath: '/work', readOnly: false }],
    ...more,
  });

async function runToEnd(
  runner: Runner,
  workRoot: string,
  launch: Partial<ContainerLaunch>,
  task: Partial<TaskLaunch> = {},
): Promise<ContainerEnd> {
  const container = script('', launch);
  const taskId = newTaskId();
  const opened = await runner.openTask(
    taskLaunch({ taskId, volumes: ['work'], memoryMiB: 512, containers: [container], ...task }),
  );
  try {
    const running = await opened.start(container);
    const exitCode = await running.exited;
    const reason = await running.endReason?.();
    const output = await readFile(join(workRoot, taskId, 'volumes', 'work', 'out'), 'utf8').catch(() => '');
    return { exitCode, reason, imageDigest: running.imageDigest, output };
  } finally {
    await opened.remove();
  }
}
