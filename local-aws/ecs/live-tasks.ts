import { createDeferredSaves } from './deferred-saves.ts';
import { containerDocument, taskDocument } from './metadata-documents.ts';
import type { MetadataServer } from './metadata-server.ts';
import type { Runner, TaskLaunch } from './runner.ts';
import type { EcsStore } from './store.ts';
import type { Task } from './task.ts';
import { type TaskStateChange, taskStateChange } from './task-events.ts';
import type { ContainerSpec } from './task-request.ts';
import { TaskRun } from './task-run.ts';

export interface LiveTasksOptions {
  readonly store: EcsStore;
  readonly runner: Runner;
  readonly metadata: MetadataServer;
  readonly emit: ((event: TaskStateChange) => void) | undefined;
  /** Milliseconds until a task on spare capacity is interrupted; undefined if none is. */
  readonly spotMs: (() => number) | undefined;
  now(): number;
}

/** A recorded task before its start. */
export interface LaunchedTask extends Pick<TaskLaunch, 'taskId' | 'volumes' | 'architecture'> {
  readonly task: Task;
  readonly containers: readonly ContainerSpec[];
  readonly metadataIds: ReadonlyMap<string, string>;
}

export type LiveTasks = ReturnType<typeof createLiveTasks>;

/** The running tasks. */
export function createLiveTasks(options: LiveTasksOptions) {
  const { store, metadata } = options;
  const runs = new Map<string, TaskRun>();
  const cleaning = new Set<Promise<void>>();
  const record = (taskId: string, task: Task) => {
    store.updateTask(taskId, task);
    options.emit?.(taskStateChange(task));
  };
  const saves = createDeferredSaves(record);
  return {
    record,
    find: (taskId: string) => runs.get(taskId),
    get size() {
      return runs.size;
    },
    begin(launched: LaunchedTask): void {
      const { taskId, metadataIds } = launched;
      const run = new TaskRun({
        ...launched,
        runner: options.runner,
        metadataEndpoint: metadata.endpoint,
        now: options.now,
        save: (task) => saves.save(taskId, task),
        saveHandle: (container, handle) => store.setHandle(taskId, container, handle),
      });
      runs.set(taskId, run);
      publish(metadata, metadataIds, run);
      void run.stopped.then(() => {
        runs.delete(taskId);
        for (const metadataId of metadataIds.values()) metadata.unregister(metadataId);
      });
      const cleaned = run.cleaned
        .then(() => store.forgetContainers(taskId))
        // If this fails, the next start only looks for a process that does not exist.
        .catch(() => {})
        .then(() => void cleaning.delete(cleaned));
      cleaning.add(cleaned);
      options.emit?.(taskStateChange(launched.task));
      void run.begin();
      if (options.spotMs && launched.task.capacityProviderName === 'FARGATE_SPOT') {
        interruptAfter(options.spotMs(), run);
      }
    },
    /** Ends all tasks immediately; resolves when all of their processes and files are removed. */
    async endAll(reason: string): Promise<void> {
      for (const run of runs.values()) run.lose(reason);
      await Promise.all(cleaning);
      saves.close();
    },
  };
}

/** Stops a task as AWS does when it takes back spare capacity (Amazon ECS, "Fargate Spot termination notices"). */
function interruptAfter(ms: number, run: TaskRun): void {
  const timer = setTimeout(() => run.stop('SpotInterruption', 'Your Spot Task was interrupted.'), ms);
  void run.stopped.then(() => clearTimeout(timer));
}

function publish(metadata: MetadataServer, metadataIds: ReadonlyMap<string, string>, run: TaskRun): void {
  for (const [name, metadataId] of metadataIds) {
    metadata.register(metadataId, {
      container: () => containerDocument(run.metadata, name),
      task: () => taskDocument(run.metadata),
    });
  }
}
