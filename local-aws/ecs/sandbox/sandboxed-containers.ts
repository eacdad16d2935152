import { mkdir } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import type { ProcessOrder } from '../launcher-protocol.ts';
import { type ContainerFolders, realWorkingDirectory } from '../process-paths.ts';
import { type ContainerLaunch, type Isolation, METADATA_VARIABLE, type TaskLaunch } from '../runner.ts';
import { containerFolder, volumeFolder } from '../task-folders.ts';
import { type ControlGroup, type ControlGroups, findControlGroups } from './control-groups.ts';
import { createDiskWatch, type WatchedTask } from './disk-watch.ts';
import { type MachineView, machineView, networkEntries, SANDBOX_HOME } from './machine-view.ts';
import type { Sandbox } from './sandbox.ts';
import { sandboxOrder } from './stages.ts';
import type { SandboxedProgram, VisibleEntry } from './visible-entry.ts';

const MIB = 1024 ** 2;
/** Maximum of processes and threads of a task. */
const PROCESSES = 1024;
const GIB = 1024 ** 3;
/** Docker's default for a container. */
const SHARED_MEMORY_BYTES = 64 * MIB;
/** Folder of the sandboxes' own files; no task id begins with a dot. */
const OWN_FOLDER = '.sandbox';

interface SandboxedContainersOptions {
  readonly sandbox: Sandbox;
  /** Folder of the tasks' folders. */
  readonly workRoot: string;
  /**
   * Free bytes on the disk below which the task that uses most of it is ended; 5% of the disk, at most 1 GiB, by
   * default.
   */
  readonly diskReserveBytes?: number | undefined;
}

/** Starts the sandboxed containers of one task, and ends the task. */
export interface SandboxedTask {
  /** Creates a container's folders and returns how it is started. */
  order(launch: ContainerLaunch, isolation: Isolation): Promise<Omit<ProcessOrder, 'keepOutput'>>;
  /** Kills the remaining processes once all containers ended. */
  remove(): Promise<void>;
}

/** The sandboxed containers of a task. */
export type SandboxedPrograms = Pick<WatchedTask, 'kill' | 'leaders'>;

/** Starts the containers of tasks in a sandbox, within the size of their task. */
export function createSandboxedContainers(options: SandboxedContainersOptions) {
  const { sandbox, workRoot } = options;
  const disk = createDiskWatch(workRoot, options.diskReserveBytes);
  const findGroups = once(() => findControlGroups(workRoot));
  const choice = { ...sandbox.choice, hidden: [...sandbox.choice.hidden, workRoot] };
  const findView = once(() => machineView(choice, join(workRoot, OWN_FOLDER, 'etc')));
  return {
    async openTask(task: TaskLaunch, watched: WatchedTask): Promise<SandboxedTask> {
      const { folder } = watched;
      const [groups, view] = [await findGroups(), await findView()];
      const group = await openGroup(groups, task);
      const unwatch = disk.watch(watched);
      return {
        order: (launch, isolation) =>
          containerOrder({ sandbox, task, folder, group, view }, launch, isolation),
        async remove() {
          unwatch();
          await group?.remove();
        },
      };
    },
    /** Ends the processes that a killed server left. */
    async recover(): Promise<void> {
      await (await findGroups())?.removeAll();
    },
    async close(): Promise<void> {
      await (await findGroups())?.close();
    },
  };
}

/** Calls a function on first use, and returns the same result afterwards. */
function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

const openGroup = async (
  groups: ControlGroups | undefined,
  task: TaskLaunch,
): Promise<ControlGroup | undefined> =>
  groups?.open(task.taskId, {
    memoryBytes: task.memoryMiB * MIB,
    processes: PROCESSES,
    cpuUnits: task.cpuUnits,
  });

interface Parts {
  readonly sandbox: Sandbox;
  readonly task: TaskLaunch;
  readonly folder: string;
  readonly group: ControlGroup | undefined;
  readonly view: MachineView;
}

async function containerOrder(
  { sandbox, task, folder, group, view }: Parts,
  launch: ContainerLaunch,
  isolation: Isolation,
): Promise<Omit<ProcessOrder, 'keepOutput'>> {
  const [program, ...given] = [...launch.entryPoint, ...launch.command];
  if (program === undefined) throw new Error('no command specified');
  const own = containerFolder(folder, launch.name);
  const home = join(own, 'home');
  const temporary = join(own, 'tmp');
  const empty = join(own, 'empty');
  const volume = (name: string) => volumeFolder(folder, name);
  await Promise.all([home, temporary, empty].map((each) => mkdir(each, { recursive: true })));
  const inside = insideFolders(launch);
  const outside = { ...inside, volume, root: home };
  const cwd = realWorkingDirectory(launch.workingDirectory, launch.mounts, outside);
  await mkdir(cwd, { recursive: true });
  const run: SandboxedProgram = {
    program,
    arguments: given,
    env: {
      ...{ PATH: view.searchPath, HOME: SANDBOX_HOME, TMPDIR: '/tmp', LANG: 'C.UTF-8' },
      ...launch.environment,
    },
    cwd: realWorkingDirectory(launch.workingDirectory, launch.mounts, inside),
    network: isolation.network,
    entries: [
      ...view.system,
      ...(isolation.network ? await networkEntries() : []),
      { kind: 'bind', from: temporary, at: '/tmp', readOnly: false },
      { kind: 'link', target: '../tmp', at: '/var/tmp' },
      { kind: 'bind', from: home, at: SANDBOX_HOME, readOnly: false },
      ...view.chosen,
      ...launch.mounts.map(
        (mount): VisibleEntry => ({
          kind: 'bind',
          from: volume(mount.volume),
          at: mount.containerPath,
          readOnly: mount.readOnly,
        }),
      ),
    ],
    sharedMemoryBytes: SHARED_MEMORY_BYTES,
    emptyFolder: empty,
    processes: group || !countsInside() ? undefined : PROCESSES,
  };
  const mark = { [METADATA_VARIABLE]: launch.environment[METADATA_VARIABLE] ?? '' };
  return sandboxOrder(
    sandbox.command(run),
    { groups: group?.joins ?? [], limits: limitsOf(task, group) },
    mark,
  );
}

/** The folders of a container as its program sees them. */
const insideFolders = ({ mounts }: ContainerLaunch): ContainerFolders => ({
  volume: (name) => mounts.find(({ volume }) => volume === name)?.containerPath ?? '/',
  root: SANDBOX_HOME,
  temporary: '/tmp',
});

/**
 * Options of `ulimit`: no core dumps, the largest file in blocks of 512 bytes, and KiB of data. Without a control
 * group, each process may have twice the task's memory as data, because stacks of threads count in full. A limit of
 * address space would break Node and Java, which reserve far more than they use.
 */
const limitsOf = ({ memoryMiB, diskGiB }: TaskLaunch, group: ControlGroup | undefined): string[] => [
  '-c 0',
  // No file may be larger than the disk.
  `-f ${(diskGiB * GIB) / 512}`,
  ...(group ? [] : [`-d ${2 * memoryMiB * 1024}`]),
];

/**
 * Whether the limit of processes counts only those in the user namespace, as since Linux 5.14; before, all of the user.
 */
function countsInside(): boolean {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  return major > 5 || (major === 5 && minor >= 14);
}
