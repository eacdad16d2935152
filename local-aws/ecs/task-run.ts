import { findShortage } from '../shortage.ts';
import { type Action, dueActions, type StopCode, type TaskView } from './container-order.ts';
import type { ContainerTimes, MetadataSource } from './metadata-documents.ts';
import {
  ContainerError,
  METADATA_VARIABLE,
  type OpenTask,
  type Runner,
  type RunningContainer,
  type TaskLaunch,
} from './runner.ts';
import { type Task, type TaskContainer, withContainer } from './task.ts';
import type { ContainerSpec } from './task-request.ts';

/** Longest reason of a task or container (ECS API reference, Container). */
const MAX_REASON = 1024;

interface TaskRunOptions extends Pick<TaskLaunch, 'taskId' | 'volumes' | 'architecture'> {
  readonly task: Task;
  readonly containers: readonly ContainerSpec[];
  readonly runner: Runner;
  /** Metadata id of each container, by container name. */
  readonly metadataIds: ReadonlyMap<string, string>;
  metadataEndpoint(): Promise<string>;
  now(): number;
  /** Called with each new state of the task, before the state is visible elsewhere; must not throw. */
  save(task: Task): void;
  saveHandle(container: string, handle: string): void;
}

/**
 * The life of one task. Every event (a container started, ended or failed, a request to stop) changes the record and
 * then performs the actions that `dueActions` returns; nothing polls.
 */
export class TaskRun {
  readonly #options: TaskRunOptions;
  readonly #running = new Map<string, RunningContainer>();
  readonly #starting = new Set<string>();
  readonly #terminating = new Map<string, NodeJS.Timeout | undefined>();
  readonly #times = new Map<string, ContainerTimes>();
  readonly #stopped = Promise.withResolvers<Task>();
  readonly #cleaned = Promise.withResolvers<void>();
  #task: Task;
  #openTask: OpenTask | undefined;
  #opened = false;
  #finished = false;
  #lost = false;

  constructor(options: TaskRunOptions) {
    this.#options = options;
    this.#task = options.task;
  }

  /** Resolves with the record once the task is STOPPED. */
  get stopped(): Promise<Task> {
    return this.#stopped.promise;
  }

  /** Resolves once nothing of the task is left on the host. */
  get cleaned(): Promise<void> {
    return this.#cleaned.promise;
  }

  get metadata(): MetadataSource {
    return { task: this.#task, containers: this.#options.containers, times: this.#times };
  }

  /** Creates the task's folders and starts its first containers. */
  async begin(): Promise<void> {
    const { runner, taskId, volumes, architecture, containers, task, now } = this.#options;
    const size = {
      cpuUnits: Number(task.cpu),
      memoryMiB: Number(task.memory),
      diskGiB: task.ephemeralStorage.sizeInGiB,
    };
    const begun = now();
    try {
      const metadataEndpoint = await this.#options.metadataEndpoint();
      const launch = { taskId, volumes, architecture, metadataEndpoint, containers, ...size };
      this.#openTask = await runner.openTask(launch);
      const times = { connectivityAt: begun, pullStartedAt: begun, pullStoppedAt: now() };
      this.#change({ lastStatus: 'PENDING', connectivity: 'CONNECTED', ...times });
    } catch (error) {
      this.#markStopping('TaskFailedToStart', reasonFor(error, 'ResourceInitializationError'));
    }
    this.#opened = true;
    this.#advance();
  }

  /** Asks the task to stop; the first reason is kept. @returns the record after the request. */
  stop(code: StopCode, reason: string): Task {
    this.#markStopping(code, reason);
    this.#advance();
    return this.#task;
  }

  /**
   * Ends the task immediately because the stack ends. Its containers have no exit codes, because they did not end
   * themselves.
   */
  lose(reason: string): void {
    this.#lost = true;
    this.#markStopping('TerminationNotice', reason);
    for (const container of this.#running.values()) container.signal('SIGKILL');
    this.#advance();
  }

  #advance(): void {
    if (!this.#opened) return;
    for (let actions = this.#due(); actions.length > 0; actions = this.#due()) {
      for (const action of actions) this.#apply(action);
    }
  }

  #due(): Action[] {
    return dueActions(this.#options.containers, this.#view());
  }

  #view(): TaskView {
    const containers = this.#task.containers.map((container) => {
      const phase = this.#starting.has(container.name) ? 'STARTING' : container.lastStatus;
      const terminating = this.#terminating.has(container.name);
      return [container.name, { phase, exitCode: container.exitCode, terminating }] as const;
    });
    return {
      containers: new Map(containers),
      running: this.#task.lastStatus === 'RUNNING',
      stopping: this.#task.desiredStatus === 'STOPPED',
      finished: this.#finished,
    };
  }

  #apply(action: Action): void {
    switch (action.type) {
      case 'start':
        this.#starting.add(action.container);
        void this.#start(action.container);
        return;
      case 'abandon':
        this.#changeContainer(action.container, { lastStatus: 'STOPPED', ...reasonOf(action.reason) });
        return;
      case 'terminate':
        this.#terminate(action.container);
        return;
      case 'mark-running':
        this.#change({ lastStatus: 'RUNNING', startedAt: this.#options.now() });
        return;
      case 'stop-task':
        this.#markStopping(action.code, action.reason);
        return;
      case 'finish':
        this.#finish();
    }
  }

  async #start(name: string): Promise<void> {
    try {
      const running = await this.#launch(name);
      this.#running.set(name, running);
      this.#saveHandle(name, running.handle);
      this.#times.set(name, { startedAt: this.#options.now() });
      this.#starting.delete(name);
      const { imageDigest } = running;
      const ran = { runtimeId: this.#runtimeId(name), ...(imageDigest === undefined ? {} : { imageDigest }) };
      this.#changeContainer(name, { lastStatus: 'RUNNING', ...ran });
      void endOf(running).then((end) => this.#ended(name, end));
    } catch (error) {
      this.#starting.delete(name);
      const reason = reasonFor(error, 'CannotStartContainerError');
      this.#changeContainer(name, { lastStatus: 'STOPPED', ...reasonOf(reason) });
    }
    this.#advance();
  }

  /**
   * Records the process. Without the record, as on a full disk, recovery finds the process by its environment alone.
   */
  #saveHandle(name: string, handle: string): void {
    try {
      this.#options.saveHandle(name, handle);
    } catch (error) {
      process.emitWarning(`could not record the process of container ${name}: ${messageOf(error)}`);
    }
  }

  async #launch(name: string): Promise<RunningContainer> {
    const spec = this.#options.containers.find((container) => container.name === name);
    const metadataId = this.#options.metadataIds.get(name);
    if (!this.#openTask || !spec || metadataId === undefined)
      throw new Error('the task has no folders to run in');
    const uri = `${await this.#options.metadataEndpoint()}/v4/${metadataId}`;
    return this.#openTask.start({
      ...spec,
      // Last, so that neither the definition nor an override can change a container's endpoint.
      environment: { ...spec.environment, [METADATA_VARIABLE]: uri },
      metadataId,
    });
  }

  #terminate(name: string): void {
    const running = this.#running.get(name);
    const seconds =
      this.#options.containers.find((container) => container.name === name)?.stopTimeoutSeconds ?? 0;
    running?.signal(this.#lost ? 'SIGKILL' : 'SIGTERM');
    this.#terminating.set(
      name,
      setTimeout(() => running?.signal('SIGKILL'), seconds * 1000),
    );
  }

  #ended(name: string, end: ContainerEnd): void {
    clearTimeout(this.#terminating.get(name));
    this.#running.delete(name);
    const startedAt = this.#times.get(name)?.startedAt ?? this.#options.now();
    this.#times.set(name, { startedAt, finishedAt: this.#options.now() });
    // The runner of the containers is gone, as a Fargate host may be.
    if (end.exitCode === undefined) this.#markStopping('TerminationNotice', end.reason ?? '');
    this.#changeContainer(name, { lastStatus: 'STOPPED', ...(this.#lost ? {} : end) });
    this.#advance();
  }

  #finish(): void {
    this.#finished = true;
    this.#change({ lastStatus: 'DEPROVISIONING', executionStoppedAt: this.#options.now() });
    this.#change({ lastStatus: 'STOPPED', stoppedAt: this.#options.now() });
    this.#stopped.resolve(this.#task);
    const removed = this.#openTask?.remove() ?? Promise.resolve();
    // If a folder cannot be removed, the next start removes it.
    void removed.then(this.#cleaned.resolve, () => this.#cleaned.resolve());
  }

  #markStopping(stopCode: StopCode, reason: string): void {
    if (this.#task.desiredStatus === 'STOPPED') return;
    const stoppedReason = reason.slice(0, MAX_REASON);
    this.#change({ desiredStatus: 'STOPPED', stopCode, stoppedReason, stoppingAt: this.#options.now() });
  }

  #changeContainer(name: string, change: Partial<TaskContainer>): void {
    this.#change({ containers: withContainer(this.#task, name, change).containers });
  }

  #change(change: Partial<Task>): void {
    this.#task = { ...this.#task, ...change, version: this.#task.version + 1 };
    this.#options.save(this.#task);
  }

  #runtimeId(name: string): string {
    const index = this.#options.containers.findIndex((container) => container.name === name);
    return `${this.#options.taskId}-${index}`;
  }
}

type ContainerEnd = Pick<TaskContainer, 'exitCode' | 'reason'>;

async function endOf(running: RunningContainer): Promise<ContainerEnd> {
  try {
    const exitCode = await running.exited;
    return { exitCode, ...reasonOf(await running.endReason?.()) };
  } catch (error) {
    return reasonOf(reasonFor(error, 'CannotInspectContainerError'));
  }
}

function reasonOf(reason: string | undefined): { readonly reason?: string } {
  return reason === undefined ? {} : { reason: reason.slice(0, MAX_REASON) };
}

/** @param name for an error without an ECS name */
const reasonFor = (error: unknown, name: ContainerError['name']) =>
  `${error instanceof ContainerError ? error.name : name}: ${messageOf(error)}`;

function messageOf(error: unknown): string {
  const shortage = findShortage(error);
  if (shortage) return shortage.message;
  return error instanceof Error ? error.message : String(error);
}
