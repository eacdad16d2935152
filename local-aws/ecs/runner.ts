/** Runs the containers of tasks. */
export interface Runner {
  /**
   * Prepares an empty place with one folder per volume, and everything that the containers need before the first of
   * them starts, such as their images.
   *
   * @throws ContainerError, or any other error, when the task cannot start; the message becomes the task's reason
   */
  openTask(task: TaskLaunch): Promise<TaskPlace>;
  /**
   * Ends what tasks of a crashed stack left behind (processes, containers, folders). Called before any task starts.
   * Must never end a process that only has the same number as a recorded one.
   */
  recover(leftovers: readonly LeftoverContainer[]): Promise<void>;
}

/** A task as its definition and the overrides describe it. */
export interface TaskLaunch {
  /** 32 hexadecimal digits. */
  readonly taskId: string;
  readonly volumes: readonly string[];
  /** What all containers of the task may use together: 1,024 units are one vCPU. */
  readonly cpuUnits: number;
  readonly memoryMiB: number;
  readonly architecture: 'X86_64' | 'ARM64';
  readonly containers: readonly ContainerSettings[];
}

/** The place of one task. */
export interface TaskPlace {
  /**
   * Starts a container.
   *
   * @throws ContainerError, or any other error, when it cannot be started; the message becomes the container's reason
   */
  start(container: ContainerLaunch): Promise<RunningContainer>;
  /** Called once all containers have ended: ends what they left behind and removes the place. */
  remove(): Promise<void>;
}

/** What the definition and the overrides say of a container, for whoever runs it. */
export interface ContainerSettings {
  readonly name: string;
  readonly image: string;
  /** Empty for those of the image. */
  readonly entryPoint: readonly string[];
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string | undefined;
  readonly mounts: readonly Mount[];
  /** `user` or `user:group`, by name or number; undefined for the image's own. */
  readonly user: string | undefined;
  readonly readonlyRootFilesystem: boolean;
  /** Whether an init process passes signals on and reaps what the container leaves. */
  readonly initProcess: boolean;
  /** Capabilities of Docker's defaults that the container does without, such as `NET_RAW`. */
  readonly droppedCapabilities: readonly string[];
  readonly addedCapabilities: readonly string[];
  readonly openFiles: { readonly soft: number; readonly hard: number } | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** The container's share of the task's units; 0 for none of its own. */
  readonly cpu: number;
  readonly memoryMiB: number | undefined;
}

/** A container that is to start. */
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
 * How a container is kept apart from the machine: undefined for a trusted one, which reaches the services of the stack.
 */
export type IsolationOf = (container: ContainerSettings) => Isolation | undefined;

export interface Isolation {
  /** Whether it may use the machine's network. */
  readonly network: boolean;
}

export interface RunningContainer {
  /** Recorded, and given back to `recover` after a crash. */
  readonly handle: string;
  /** Digest of the image that runs (`sha256:…`); undefined where images do not count. */
  readonly imageDigest?: string;
  /**
   * Exit code of the container's first process: 128 + signal number when a signal ended it.
   *
   * Rejects with a ContainerError, or any other error, when it cannot be told how the container ended; the message
   * becomes the container's reason.
   */
  readonly exited: Promise<number>;
  /** Why it ended, where the runner knows more than the exit code; asked once it has ended. */
  endReason?(): Promise<string | undefined>;
  /** Sends SIGTERM to the container's first process, SIGKILL to all; does nothing once it has ended. */
  signal(signal: 'SIGTERM' | 'SIGKILL'): void;
}

/** A container that a crashed stack may have left behind. */
export interface LeftoverContainer {
  readonly taskId: string;
  readonly metadataId: string;
  /** Absent when the stack crashed before the container started, or before it was noted. */
  readonly handle: string | undefined;
}

/** Why a task or a container cannot start, by the name that ECS has for it ("Amazon ECS stopped tasks error messages"). */
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

/** Name of the variable that tells a container its metadata endpoint (ECS developer guide). */
export const METADATA_VARIABLE = 'ECS_CONTAINER_METADATA_URI_V4';
