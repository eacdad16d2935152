import { randomBytes } from 'node:crypto';
import type { Arns } from './arns.ts';
import { checkProviders, requireCluster } from './clusters.ts';
import { findDefinition } from './definitions.ts';
import { clientError, invalidParameter, serverError } from './errors.ts';
import { earlierTasks, type Idempotency, noteToken } from './idempotency.ts';
import { createLiveTasks, type LaunchedTask, type LiveTasks, type LiveTasksOptions } from './live-tasks.ts';
import type { EcsStore } from './store.ts';
import { interruptedTask, newTask, type Task } from './task.ts';
import { resolveContainers, type TaskRequest } from './task-request.ts';

const STACK_ENDED = 'The local stack ended while the task was running';

interface TaskServiceOptions extends LiveTasksOptions {
  readonly arns: Arns;
  readonly region: string;
}

export type TaskService = ReturnType<typeof createTaskService>;

/** Starts, stops and finds tasks. */
export function createTaskService(options: TaskServiceOptions) {
  const { store, arns } = options;
  const live = createLiveTasks(options);
  let closed = false;
  return {
    /** @throws the errors of RunTask. @returns the records of the new tasks, or those of an earlier request. */
    run(request: TaskRequest, startedBy: string | undefined, idempotency: Idempotency | undefined): Task[] {
      if (closed) throw serverError('the service is closing');
      const cluster = requireCluster(arns, store, request.cluster);
      checkProviders(request, cluster);
      const earlier = idempotency && earlierTasks(options, idempotency);
      if (earlier) return earlier;
      const launched = prepare(options, { request, cluster: cluster.name, startedBy });
      recordNew(store, cluster.name, launched, idempotency);
      for (const each of launched) live.begin(each);
      return launched.map(({ task }) => task);
    },
    /** @throws InvalidParameterException when the task does not exist. @returns the record after the request. */
    stop(taskId: string, reason: string): Task {
      const task = requireTask(store, taskId);
      return live.find(taskId)?.stop('UserInitiated', reason) ?? task;
    },
    /** Resolves to the record of a STOPPED task. @throws the signal's reason when it aborts first. */
    async wait(taskId: string, signal: AbortSignal): Promise<Task> {
      signal.throwIfAborted();
      const run = live.find(taskId);
      if (run) return abortable(run.stopped, signal);
      const task = requireTask(store, taskId);
      if (task.lastStatus !== 'STOPPED') throw serverError('tasks of an earlier stack are not recovered yet');
      return task;
    },
    /** Ends the containers of a crashed stack. Must be called before the first task. */
    recover: () => recover(options, live),
    /** Ends all tasks immediately, and removes all of their processes and files. */
    async close(): Promise<void> {
      closed = true;
      await live.endAll(STACK_ENDED);
    },
  };
}

interface Wanted {
  readonly request: TaskRequest;
  readonly cluster: string;
  readonly startedBy: string | undefined;
}

async function recover({ store, runner, now }: TaskServiceOptions, live: LiveTasks): Promise<void> {
  if (live.size > 0) throw serverError('recovery must come before the first task');
  const leftovers = store.leftoverContainers();
  await runner.recover(leftovers);
  for (const { id, task } of store.unfinishedTasks()) {
    live.record(id, interruptedTask(task, STACK_ENDED, now()));
  }
  for (const { taskId } of leftovers) store.forgetContainers(taskId);
}

/** Checks the request against its task definition and creates the records of its tasks. */
function prepare(options: TaskServiceOptions, { request, cluster, startedBy }: Wanted): LaunchedTask[] {
  const { arns, store, region } = options;
  const stored = findDefinition(arns, store, request.taskDefinition);
  if (!stored) throw clientError('TaskDefinition not found.');
  if (stored.status !== 'ACTIVE') throw invalidParameter('TaskDefinition is inactive');
  const { definition, revision } = stored;
  const containers = resolveContainers(definition, request.overrides);
  const volumes = definition.volumes.map((volume) => volume.name);
  const architecture = definition.runtimePlatform?.cpuArchitecture ?? 'X86_64';
  const now = options.now();
  return Array.from({ length: request.count }, () => {
    const task = newTask({ arns, region, cluster, definition, revision, request, startedBy, now });
    const ids = containers.map(({ name }) => [name, randomBytes(32).toString('hex')] as const);
    const taskId = arns.taskId(task.taskArn);
    return { taskId, task, containers, volumes, architecture, metadataIds: new Map(ids) };
  });
}

/** Records tasks before their start, in one transaction with their token. */
function recordNew(
  store: EcsStore,
  cluster: string,
  launched: readonly LaunchedTask[],
  idempotency: Idempotency | undefined,
): void {
  store.atomically(() => {
    for (const { taskId, task, metadataIds } of launched) {
      store.insertTask(taskId, cluster, task);
      for (const [name, metadataId] of metadataIds) store.insertContainer(taskId, name, metadataId);
    }
    if (idempotency)
      noteToken(
        store,
        idempotency,
        launched.map(({ task }) => task),
      );
  });
}

function requireTask(store: EcsStore, taskId: string): Task {
  const stored = store.getTask(taskId);
  if (!stored) throw invalidParameter('The referenced task was not found.');
  return stored.task;
}

function abortable<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
