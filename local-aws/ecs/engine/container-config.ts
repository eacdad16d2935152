import type { ContainerLaunch } from '../runner.ts';
import type { ContainerEngine } from './container-engine.ts';
import type { ReadyImage } from './images.ts';
import { ownLimit } from './own-limits.ts';

/** The settings of a container that are not in its definition. */
export interface ContainerContext {
  readonly engine: Pick<ContainerEngine, 'name' | 'machine'>;
  readonly image: ReadyImage;
  readonly labels: Readonly<Record<string, string>>;
  /** `host`, `none`, `default` for the engine's own network, or `container:` and an id. */
  readonly network: string;
  /** Whether the container runs an untrusted program. */
  readonly isolated: boolean;
  readonly task: TaskLimits;
  /** Folder of a volume on the engine's host. */
  volume(name: string): string;
}

/** Limits of all containers of a task together. */
interface TaskLimits {
  readonly cpuUnits: number;
  readonly memoryMiB: number;
  /** A control group with these limits; without one, each container gets the task's limits. */
  readonly cgroup: string | undefined;
}

const MIB = 1024 * 1024;
const NANO_CPUS_PER_UNIT = 1e9 / 1024;
/** Maximum number of processes and threads: enough for 100 processes with one thread on each of 16 processors. */
const PROCESSES = 2048;
/** The kernel's default limit (`pid_max`). */
const MAX_PROCESSES = 32_768;

/**
 * The request that creates a container (Docker Engine API 1.41, ContainerCreate).
 *
 * Outputs are not kept, because a container that prints without end would fill the engine's disk.
 */
export function containerConfig(launch: ContainerLaunch, context: ContainerContext): Record<string, unknown> {
  return {
    Image: context.image.id,
    ...(launch.entryPoint.length > 0 ? { Entrypoint: launch.entryPoint } : {}),
    ...(launch.command.length > 0 ? { Cmd: launch.command } : {}),
    Env: Object.entries({ ...proxies(context), ...launch.environment }).map(
      ([name, value]) => `${name}=${value}`,
    ),
    ...(launch.workingDirectory === undefined ? {} : { WorkingDir: launch.workingDirectory }),
    ...(launch.user === undefined ? {} : { User: launch.user }),
    Labels: { ...launch.labels, ...context.labels },
    HostConfig: {
      Binds: launch.mounts.map(
        ({ volume, containerPath, readOnly }) =>
          // `z`: on a host with SELinux, the folder gets a label that all containers may use.
          `${context.volume(volume)}:${containerPath}:${readOnly ? 'ro' : 'rw'},z`,
      ),
      NetworkMode: context.network,
      Init: launch.initProcess,
      CapDrop: launch.droppedCapabilities,
      CapAdd: launch.addedCapabilities,
      SecurityOpt: context.isolated ? ['no-new-privileges'] : [],
      LogConfig: { Type: 'none' },
      ...readOnlyRoot(launch, context),
      ...ulimits(launch, context),
      ...limits(launch, context),
    },
  };
}

/**
 * Podman passes the proxies of its own environment to containers, with their passwords. Trusted containers would then
 * send requests for the services of the stack to these proxies. Only a value that the container sets itself prevents
 * this.
 */
function proxies({ engine }: ContainerContext): Record<string, string> {
  if (engine.name !== 'Podman') return {};
  const names = ['http_proxy', 'https_proxy', 'ftp_proxy', 'no_proxy'];
  return Object.fromEntries(names.flatMap((name) => [name, name.toUpperCase()]).map((name) => [name, '']));
}

/**
 * With a read-only root, only volumes are writable on Fargate. Podman adds a writable file system at three paths that
 * have no mount.
 */
function readOnlyRoot(
  { readonlyRootFilesystem, mounts }: ContainerLaunch,
  { engine }: ContainerContext,
): Record<string, unknown> {
  if (!readonlyRootFilesystem) return {};
  const writable = engine.name === 'Podman' ? ['/tmp', '/run', '/var/tmp'] : [];
  const covered = writable.filter((path) => !mounts.some(({ containerPath }) => containerPath === path));
  return { ReadonlyRootfs: true, Tmpfs: Object.fromEntries(covered.map((path) => [path, 'ro'])) };
}

/**
 * A limit cannot exceed the engine's own limit, unless the engine may raise limits, which it may not in a container or
 * on a small host. When one limit is given, Podman also sets the number of processes, by default above the engine's
 * own limit.
 */
function ulimits({ openFiles }: ContainerLaunch, { engine }: ContainerContext): Record<string, unknown> {
  if (!openFiles) return {};
  const hard = Math.min(openFiles.hard, ownLimit('Max open files'));
  const files = ulimit('nofile', Math.min(openFiles.soft, hard), hard);
  const processes = Math.min(MAX_PROCESSES, ownLimit('Max processes'));
  return { Ulimits: engine.name === 'Podman' ? [files, ulimit('nproc', processes, processes)] : [files] };
}

const ulimit = (name: string, soft: number, hard: number) => ({ Name: name, Soft: soft, Hard: hard });

/** Fargate limits the task. A container's `cpu` is its share of the task's, and its `memory` is a separate limit. */
function limits(
  launch: ContainerLaunch,
  { engine, task, isolated }: ContainerContext,
): Record<string, unknown> {
  const { limits: kept, processors } = engine.machine;
  // Programs size themselves by their container's limit. The group's limit, one lower, shows that it was reached.
  const ofTask = task.cgroup === undefined ? task.memoryMiB : task.memoryMiB + 1;
  const memory = (launch.memoryMiB ?? ofTask) * MIB;
  // Docker rejects more than the host has.
  const nanoCpus = Math.min(Math.round(task.cpuUnits * NANO_CPUS_PER_UNIT), processors * 1e9);
  return {
    ...(kept.memory ? { Memory: memory, MemorySwap: memory } : {}),
    ...(kept.processor ? { NanoCpus: nanoCpus } : {}),
    ...(kept.processor && launch.cpu > 0 ? { CpuShares: Math.max(2, launch.cpu) } : {}),
    ...(kept.processes && isolated ? { PidsLimit: PROCESSES } : {}),
    ...(task.cgroup === undefined ? {} : { CgroupParent: task.cgroup }),
  };
}
