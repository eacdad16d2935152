import type { ContainerLaunch } from '../runner.ts';
import type { ContainerEngine } from './container-engine.ts';
import type { ReadyImage } from './images.ts';
import { ownLimit } from './own-limits.ts';

/** What a container is made of, beside what its definition says. */
export interface ContainerPlace {
  readonly engine: Pick<ContainerEngine, 'name' | 'machine'>;
  readonly image: ReadyImage;
  readonly labels: Readonly<Record<string, string>>;
  /** `host`, `none`, `default` for the engine's own, or `container:` and an id. */
  readonly network: string;
  /** Whether the container's program is trusted no more than anybody's. */
  readonly isolated: boolean;
  readonly task: TaskLimits;
  /** Folder of a volume on the engine's machine. */
  volume(name: string): string;
}

/** What all containers of a task may use together. */
interface TaskLimits {
  readonly cpuUnits: number;
  readonly memoryMiB: number;
  /** A group that is limited to all this; undefined where there is none, and each container has the task's size. */
  readonly cgroup: string | undefined;
}

const MIB = 1024 * 1024;
const NANO_CPUS_PER_UNIT = 1e9 / 1024;
/** Enough for a program with a thread on each of 16 processors in each of a hundred processes. */
const PROCESSES = 2048;
/** The kernel's own limit where nobody has changed it (`pid_max`). */
const MAX_PROCESSES = 32_768;

/**
 * The request that creates a container (Docker Engine API 1.41, ContainerCreate).
 *
 * Outputs are not kept: a container that prints without end would fill the engine's disk.
 */
export function containerConfig(launch: ContainerLaunch, place: ContainerPlace): Record<string, unknown> {
  return {
    Image: place.image.id,
    ...(launch.entryPoint.length > 0 ? { Entrypoint: launch.entryPoint } : {}),
    ...(launch.command.length > 0 ? { Cmd: launch.command } : {}),
    Env: Object.entries({ ...proxies(place), ...launch.environment }).map(
      ([name, value]) => `${name}=${value}`,
    ),
    ...(launch.workingDirectory === undefined ? {} : { WorkingDir: launch.workingDirectory }),
    ...(launch.user === undefined ? {} : { User: launch.user }),
    Labels: { ...launch.labels, ...place.labels },
    HostConfig: {
      Binds: launch.mounts.map(
        ({ volume, containerPath, readOnly }) =>
          // `z`: on a machine with SELinux, the folder gets a label that all containers may use.
          `${place.volume(volume)}:${containerPath}:${readOnly ? 'ro' : 'rw'},z`,
      ),
      NetworkMode: place.network,
      Init: launch.initProcess,
      CapDrop: launch.droppedCapabilities,
      CapAdd: launch.addedCapabilities,
      SecurityOpt: place.isolated ? ['no-new-privileges'] : [],
      LogConfig: { Type: 'none' },
      ...readOnlyRoot(launch, place),
      ...ulimits(launch, place),
      ...limits(launch, place),
    },
  };
}

/**
 * Podman hands the proxies of its own environment to containers, with their passwords; trusted containers would ask
 * them for the services of the stack. Nothing but a value of the container's own keeps them out.
 */
function proxies({ engine }: ContainerPlace): Record<string, string> {
  if (engine.name !== 'Podman') return {};
  const names = ['http_proxy', 'https_proxy', 'ftp_proxy', 'no_proxy'];
  return Object.fromEntries(names.flatMap((name) => [name, name.toUpperCase()]).map((name) => [name, '']));
}

/**
 * On Fargate nothing but volumes can be written then. Podman puts a writable file system at three places, unless there
 * is one already.
 */
function readOnlyRoot(
  { readonlyRootFilesystem, mounts }: ContainerLaunch,
  { engine }: ContainerPlace,
): Record<string, unknown> {
  if (!readonlyRootFilesystem) return {};
  const writable = engine.name === 'Podman' ? ['/tmp', '/run', '/var/tmp'] : [];
  const covered = writable.filter((path) => !mounts.some(({ containerPath }) => containerPath === path));
  return { ReadonlyRootfs: true, Tmpfs: Object.fromEntries(covered.map((path) => [path, 'ro'])) };
}

/**
 * No limit can be above what the engine has itself, unless it may raise limits: in a container or a small machine, it
 * may not. Podman sets the number of processes as well once one limit is named, by default to more than that.
 */
function ulimits({ openFiles }: ContainerLaunch, { engine }: ContainerPlace): Record<string, unknown> {
  if (!openFiles) return {};
  const hard = Math.min(openFiles.hard, ownLimit('Max open files'));
  const files = ulimit('nofile', Math.min(openFiles.soft, hard), hard);
  const processes = Math.min(MAX_PROCESSES, ownLimit('Max processes'));
  return { Ulimits: engine.name === 'Podman' ? [files, ulimit('nproc', processes, processes)] : [files] };
}

const ulimit = (name: string, soft: number, hard: number) => ({ Name: name, Soft: soft, Hard: hard });

/** Fargate limits the task; a container's `cpu` is its share of that, and its `memory` a limit of its own. */
function limits(
  launch: ContainerLaunch,
  { engine, task, isolated }: ContainerPlace,
): Record<string, unknown> {
  const { limits: kept, processors } = engine.machine;
  // Programs size themselves by their container's limit; that of the group, one lower, tells that it was reached.
  const ofTask = task.cgroup === undefined ? task.memoryMiB : task.memoryMiB + 1;
  const memory = (launch.memoryMiB ?? ofTask) * MIB;
  // Docker refuses more than the machine has.
  const nanoCpus = Math.min(Math.round(task.cpuUnits * NANO_CPUS_PER_UNIT), processors * 1e9);
  return {
    ...(kept.memory ? { Memory: memory, MemorySwap: memory } : {}),
    ...(kept.processor ? { NanoCpus: nanoCpus } : {}),
    ...(kept.processor && launch.cpu > 0 ? { CpuShares: Math.max(2, launch.cpu) } : {}),
    ...(kept.processes && isolated ? { PidsLimit: PROCESSES } : {}),
    ...(task.cgroup === undefined ? {} : { CgroupParent: task.cgroup }),
  };
}
