import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import * as z from 'zod';
import { createLauncher, type LaunchedProgram, type Launcher } from './launcher.ts';
import type { ProcessOrder } from './launcher-protocol.ts';
import { batchedKill, killMarkedProcesses } from './marked-processes.ts';
import { killGroup } from './process-group.ts';
import { processStart } from './process-identity.ts';
import { type ContainerFolders, containerEnvironment, realWorkingDirectory } from './process-paths.ts';
import { pythonLinkFolder } from './python-link.ts';
import { removeTree } from './remove-tree.ts';
import type {
  ContainerLaunch,
  IsolationOf,
  LeftoverContainer,
  OpenTask,
  Runner,
  RunningContainer,
} from './runner.ts';
import type { Sandbox } from './sandbox/sandbox.ts';
import {
  createSandboxedContainers,
  type SandboxedPrograms,
  type SandboxedTask,
} from './sandbox/sandboxed-containers.ts';
import { containerFolder, makeTaskFolder, taskFolders, volumeFolder } from './task-folders.ts';

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Holds the `python` link; no task id begins with a dot. */
const TOOLS_FOLDER = '.tools';

interface ProcessRunnerOptions {
  /** Folder of the tasks' folders; created if it is missing. */
  readonly workRoot: string;
  /** Search path of the containers after Node's own folder; the stack's own PATH by default. */
  readonly path?: string;
  /** Keeps the folders of stopped tasks, with the ends of their outputs, for diagnosis; false by default. */
  readonly keep?: boolean;
  /** Path of the program that starts the processes, built from `launcher-process.ts`; that file by default. */
  readonly launcher?: string | undefined;
  /**
   * Text of a trusted program. The launcher evaluates a container that is `node -e` with this text, without a process
   * of its own. None by default.
   */
  readonly evaluated?: string | undefined;
  /** Which containers run in a sandbox, and in which one; none by default. */
  readonly isolation?: SandboxIsolation | undefined;
}

/** Containers for which `isolationOf` returns a value run in the sandbox. */
interface SandboxIsolation {
  readonly sandbox: Sandbox;
  readonly isolationOf: IsolationOf;
  /**
   * Free bytes on the disk below which the task that uses most of it is ended; 5% of the disk, at most 1 GiB, by
   * default.
   */
  readonly diskReserveBytes?: number;
}

const handleSchema = z.object({ pid: z.int().min(2), startedAt: z.string() });

/**
 * Runs containers as process groups of this host, each task in its own folder under `workRoot`: `volumes/<name>` for
 * the volumes, `containers/<name>` for each container.
 *
 * Only containers that run in a sandbox are isolated. The other programs run as the user of the stack, see the host's
 * files and network, and ignore the image. Read-only mounts, `readonlyRootFilesystem`, `user`, capabilities and the
 * memory of a container are not enforced either (an address space limit would break Node and Java, which reserve far
 * more than they use). A volume mounted inside another one is not visible there.
 */
export function createProcessRunner(options: ProcessRunnerOptions): Runner & { close(): Promise<void> } {
  const workRoot = resolve(options.workRoot);
  const systemPath = options.path ?? process.env.PATH ?? SYSTEM_PATH;
  const killMarked = batchedKill();
  const launcher = createLauncher(options.launcher);
  const { keep = false, evaluated, isolation } = options;
  const sandboxed = isolation && createSandboxedContainers({ ...isolation, workRoot });
  let tools: Promise<string | undefined> | undefined;
  return {
    async openTask(task) {
      const folder = join(workRoot, task.taskId);
      await makeTaskFolder(folder, task.volumes);
      tools ??= pythonLinkFolder(join(workRoot, TOOLS_FOLDER), systemPath);
      // Node first, so that containers run the same version as this process.
      const searchPath = { node: dirname(process.execPath), tools: await tools, system: systemPath };
      const open = (programs: SandboxedPrograms) => sandboxed?.openTask(task, { folder, ...programs });
      const starts = { isolationOf: isolation?.isolationOf, openSandbox: open };
      return taskOf({ folder, searchPath, keep, killMarked, launcher, evaluated, ...starts });
    },
    async recover(leftovers) {
      await recover(workRoot, leftovers, async () => sandboxed?.recover(), keep);
    },
    async close() {
      launcher.close();
      await sandboxed?.close();
    },
  };
}

interface TaskOptions {
  readonly folder: string;
  readonly searchPath: { readonly node: string; readonly tools: string | undefined; readonly system: string };
  readonly keep: boolean;
  readonly launcher: Launcher;
  readonly evaluated: string | undefined;
  readonly isolationOf: IsolationOf | undefined;
  openSandbox(programs: SandboxedPrograms): Promise<SandboxedTask> | undefined;
  killMarked(metadataIds: Iterable<string>): Promise<void>;
}

interface StartedProgram {
  readonly program: LaunchedProgram;
  readonly metadataId: string;
  readonly isIsolated: boolean;
  readonly logs: Promise<void>;
}

function taskOf(options: TaskOptions): OpenTask {
  const { folder, keep, killMarked, isolationOf } = options;
  const started: StartedProgram[] = [];
  let sandbox: Promise<SandboxedTask> | undefined;
  const isolated = () => started.filter(({ isIsolated }) => isIsolated).map(({ program }) => program);
  const programs: SandboxedPrograms = {
    kill: () => {
      for (const program of isolated()) program.signal('SIGKILL');
    },
    leaders: () => isolated().flatMap(({ leader }) => leader?.pid ?? []),
  };
  return {
    async start(launch) {
      const isolation = isolationOf?.(launch);
      if (isolation) sandbox ??= options.openSandbox(programs);
      const open = await sandbox;
      const order =
        isolation && open ? await open.order(launch, isolation) : await plainOrder(launch, options);
      const program = await startProgram({ ...order, keepOutput: keep }, options);
      // Only for diagnosis: a full disk must not end the stack.
      const root = containerFolders(folder, launch.name).root;
      const logs = keep ? writeLogs(root, program).catch(() => undefined) : Promise.resolve();
      started.push({ program, metadataId: launch.metadataId, isIsolated: isolation !== undefined, logs });
      return runningContainer(program);
    },
    async remove() {
      await killMarked(started.map(({ metadataId }) => metadataId));
      for (const { program } of started) program.release();
      await (await sandbox?.catch(() => undefined))?.remove();
      await Promise.all(started.map(({ logs }) => logs));
      if (!keep) await removeTree(folder);
    },
  };
}

/** The container's first process, with Node's folder and the link of `python` on its search path. */
function plainOrder(launch: ContainerLaunch, { folder, searchPath }: TaskOptions) {
  const { node, tools, system } = searchPath;
  const path = [node, tools, system].filter((entry) => entry).join(delimiter);
  return orderOf(launch, containerFolders(folder, launch.name), path);
}

function containerFolders(taskFolder: string, container: string): ContainerFolders {
  const root = containerFolder(taskFolder, container);
  return { volume: (name) => volumeFolder(taskFolder, name), root, temporary: join(root, 'tmp') };
}

/** Creates the container's folders and returns how its first process is started. */
async function orderOf(
  launch: ContainerLaunch,
  folders: ContainerFolders,
  path: string,
): Promise<Omit<ProcessOrder, 'keepOutput'>> {
  const [program, ...programArguments] = [...launch.entryPoint, ...launch.command];
  if (program === undefined) throw new Error('no command specified');
  const cwd = realWorkingDirectory(launch.workingDirectory, launch.mounts, folders);
  await Promise.all([cwd, folders.temporary].map((each) => mkdir(each, { recursive: true })));
  const env = containerEnvironment(launch, folders, path);
  return { program, arguments: programArguments, cwd, env };
}

function startProgram(
  order: ProcessOrder,
  { launcher, evaluated }: Pick<TaskOptions, 'launcher' | 'evaluated'>,
): Promise<LaunchedProgram> {
  const [flag, text, ...rest] = order.arguments;
  if (order.program !== 'node' || flag !== '-e' || text === undefined || text !== evaluated) {
    return launcher.start(order);
  }
  return launcher.evaluate({ ...order, program: text, arguments: rest });
}

function runningContainer({ leader, exited, signal }: LaunchedProgram): RunningContainer {
  const handle = leader ? { pid: leader.pid, startedAt: leader.start ?? '' } : {};
  return { handle: JSON.stringify(handle), exited, signal };
}

async function writeLogs(folder: string, group: LaunchedProgram): Promise<void> {
  const { stdout, stderr } = await group.outputs;
  await Promise.all([
    writeFile(join(folder, 'stdout.log'), stdout),
    writeFile(join(folder, 'stderr.log'), stderr),
  ]);
}

async function recover(
  workRoot: string,
  leftovers: readonly LeftoverContainer[],
  recoverSandboxed: () => Promise<void>,
  keep: boolean,
): Promise<void> {
  for (const { handle } of leftovers) {
    const leader = handle === undefined ? undefined : handleSchema.safeParse(JSON.parse(handle)).data;
    // The number alone is not enough, because another process may have it by now.
    if (leader && processStart(leader.pid) === leader.startedAt) killGroup(leader.pid);
  }
  await killMarkedProcesses(new Set(leftovers.map(({ metadataId }) => metadataId)));
  await recoverSandboxed();
  if (keep) return;
  const folders = await taskFolders(workRoot);
  await Promise.all(folders.map((taskId) => removeTree(join(workRoot, taskId))));
}
