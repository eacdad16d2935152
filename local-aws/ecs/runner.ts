/** Runs the containers of tasks. */
export interface Runner {
  /**
   * Creates the folder of a task with one empty folder per volume, and prepares what the containers need before the
   * first of them starts, such as their images.
   *
   * @throws ContainerError or another error when the task cannot start; the message becomes the task's reason
   */
  openTask(task: TaskLaunch): Promise<OpenTask>;
  /**
   * Ends what tasks of a crashed stack left behind (processes, containers, folders). Called before any task starts.
   * Must never end a process that only has the same number as a recorded one.
   */
  recover(leftovers: readonly LeftoverContainer[]): Promise<void>;
}

/** A task, as its definition and the overrides describe it. */
export interface TaskLaunch {
  /** 32 hexadecimal digits. */
  readonly taskId: string;
  readonly volumes: readonly string[];
  /** Limit of all containers of the task together: 1,024 units are one vCPU. */
  readonly cpuUnits: number;
  readonly memoryMiB: number;
  readonly diskGiB: number;
  readonly architecture: 'X86_64' | 'ARM64';
  /** Origin of the metadata URIs of its containers. */
  readonly metadataEndpoint: string;
  readonly containers: readonly ContainerSettings[];
}

/** A task whose folders exist, and whose containers can start. */
export interface OpenTask {
  /**
   * Starts a container.
   *
   * @throws ContainerError or another error when it cannot be started; the message becomes the container's reason
   */
  start(container: ContainerLaunch): Promise<RunningContainer>;
  /** Called once all containers ended. Ends the processes that they left behind and removes the folders. */
  remove(): Promise<void>;
}

/** A container, as the task definition and the overrides describe it. */
export interface ContainerSettings {
  readonly name: string;
  readonly image: string;
  /** Empty to use the image's own. */
  readonly entryPoint: readonly string[];
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string | undefined;
  readonly mounts: readonly Mount[];
  /** `user` or `user:group`, by name or number; undefined for the image's own. */
  readonly user: string | undefined;
  readonly readonlyRootFilesystem: boolean;
  /** Whether an init process forwards signals and reaps orphaned processes. */
  readonly initProcess: boolean;
  /** Capabilities of Docker's defaults that the container does not get, such as `NET_RAW`. */
  readonly droppedCapabilities: readonly string[];
  readonly addedCapabilities: readonly string[];
  readonly openFiles: { readonly soft: number; readonly hard: number } | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** The container's share of the task's units; 0 if it has none. */
  readonly cpu: number;
  readonly memoryMiB: number | undefined;
}

/** A container to start. */
export interface ContainerLaunch extends ContainerSettings {
  /** Unguessable id of the container, the last part of its metadata URI. */
  readonly metadataId: string;
}

export interface Mount {
  readonly volume: string;
  readonly containerPath: string;
  readonly readOnly: boolean;
}

/**
 * How a container is isolated from the host; undefined for a trusted one, which reaches the services of the stack.
 */
export type IsolationOf = (container: ContainerSettings) => Isolation | undefined;

export interface Isolation {
  /** Whether it may use the host's network. */
  readonly network: boolean;
}

export interface RunningContainer {
  /** Recorded, and passed to `recover` after a crash. */
  readonly handle: string;
  /** Digest of the image that runs (`sha256:…`); undefined if the runner does not use images. */
  readonly imageDigest?: string;
  /**
   * Exit code of the container's first process: 128 + signal number when a signal ended it.
   *
   * Rejects with a ContainerError or another error when it is unknown how the container ended; the message becomes the
   * container's reason.
   */
  readonly exited: Promise<number>;
  /** Why it ended, if the runner knows more than the exit code; called once it ended. */
  endReason?(): Promise<string | undefined>;
  /** Sends SIGTERM to the container's first process, SIGKILL to all; does nothing once it ended. */
  signal(signal: 'SIGTERM' | 'SIGKILL'): void;
}

/** A container that a crashed stack may have left behind. */
export interface LeftoverContainer {
  readonly taskId: string;
  readonly metadataId: string;
  /** Absent when the stack crashed before the container started, or before its handle was recorded. */
  readonly handle: string | undefined;
}

/** Why a task or a container cannot start, with ECS's name for it ("Amazon ECS stopped tasks error messages"). */
export class ContainerError extends Error {
  override readonly name:
    | 'CannotPullContainerError'
    | 'CannotStartContainerError'
    | 'CannotInspectContainerError'
    | 'ResourceInitializationError';

  constructor(name: ContainerError['name'], message: string) {
    super(message);
    this.name = name;
  }
}

/** Name of the variable with a container's metadata endpoint (ECS developer guide). */
export const METADATA_VARIABLE = 'ECS_CONTAINER_METADATA_URI_V4';
