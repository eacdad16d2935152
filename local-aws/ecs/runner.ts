/** Runs the containers of a task. */
export interface Runner {
  /** Prepares an empty place with one folder per volume. */
  openTask(task: { readonly taskId: string; readonly volumes: readonly string[] }): Promise<TaskPlace>;
  /**
   * Ends what tasks of a crashed stack left behind (processes, folders). Called before any task starts.
   * Must never end a process that only has the same number as a recorded one.
   */
  recover(leftovers: readonly LeftoverContainer[]): Promise<void>;
}

/** The place of one task. */
export interface TaskPlace {
  /**
   * Starts a container.
   *
   * @throws when it cannot be started at all; the message becomes the container's reason.
   */
  start(container: ContainerLaunch): Promise<RunningContainer>;
  /** Called once all containers have ended: ends what they left behind and removes the place. */
  remove(): Promise<void>;
}

/** A container as the task definition and the overrides describe it. */
export interface ContainerLaunch {
  readonly name: string;
  readonly entryPoint: readonly string[];
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string | undefined;
  readonly mounts: readonly Mount[];
  /** Unguessable id of the container, the last part of its metadata URI. */
  readonly metadataId: string;
}

export interface Mount {
  readonly volume: string;
  readonly containerPath: string;
}

export interface RunningContainer {
  /** Recorded, and given back to `recover` after a crash. */
  readonly handle: string;
  /** Exit code of the container's first process: 128 + signal number when a signal ended it. */
  readonly exited: Promise<number>;
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

/** Name of the variable that tells a container its metadata endpoint (ECS developer guide). */
export const METADATA_VARIABLE = 'ECS_CONTAINER_METADATA_URI_V4';
