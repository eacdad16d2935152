import { join, resolve } from 'node:path';
import type { IsolationOf, OpenTask, Runner, TaskLaunch } from '../runner.ts';
import { taskFolders } from '../task-folders.ts';
import { EngineError } from './api.ts';
import type { ContainerEngine } from './container-engine.ts';
import { removeStackContainers } from './engine-containers.ts';
import { openEngineTask } from './engine-task.ts';
import { createImages, type PullPatience } from './images.ts';
import { dockerLogins } from './registry-login.ts';
import { stackIdentity } from './stack-identity.ts';
import { removeStackCgroups } from './task-cgroup.ts';
import { removeTaskFolder } from './task-folder.ts';
import type { TaskNetworks } from './task-network/task-network.ts';

interface EngineRunnerOptions {
  readonly engine: ContainerEngine;
  /** Folder of the tasks' folders; created if it is missing. The engine must see it under the same path. */
  readonly workRoot: string;
  readonly isolationOf: IsolationOf;
  /** Whether to pull an image that the engine already has. */
  readonly pull: 'missing' | 'always';
  /** Called with each line of progress of a pull. */
  onProgress(line: string): void;
  /**
   * Runs the trusted containers if the engine has no host network; required only then. It must have the same
   * `workRoot` and create volumes as `createProcessRunner` does.
   */
  readonly trusted?: Runner;
  /**
   * Gives each task a network of its own, as on Fargate in a network without the internet: all its containers, also
   * isolated ones, share it and reach these services and the task's metadata endpoint. By default, networks are those
   * of `isolationOf`. Requires an engine with the host's network.
   */
  readonly taskNetworks?: TaskNetworks | undefined;
  /** Environment used to find the logins of Docker's command line; that of this process by default. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A runner that can also provide an image before a task needs it. */
export interface EngineRunner extends Runner {
  /** @throws ContainerError `CannotPullContainerError` */
  provideImage(
    image: string,
    architecture: TaskLaunch['architecture'],
    patience?: PullPatience,
  ): Promise<void>;
}

/**
 * Runs containers with a container engine, each task in its own folder under `workRoot`: `volumes/<name>` for the
 * volumes. Trusted containers share the host's network. Isolated ones have none, or the engine's own. With
 * `taskNetworks`, the containers of a task share a network instead.
 *
 * @throws Error when the engine cannot be used with these options
 */
export function createEngineRunner(options: EngineRunnerOptions): EngineRunner {
  const { engine, env = process.env } = options;
  const workRoot = resolve(options.workRoot);
  // In a bind mount, the engine treats a colon as the end of the path.
  if (workRoot.includes(':'))
    throw new Error(`containers cannot have volumes in ${workRoot}: its path contains a colon`);
  const trusted = engine.hostNetwork ? undefined : options.trusted;
  if (!engine.hostNetwork && !trusted) {
    throw new Error(
      `${engine.description} does not share this machine's network: trusted containers need a runner of their own`,
    );
  }
  if (!engine.hostNetwork && options.taskNetworks) {
    throw new Error(
      `${engine.description} does not run on this machine itself: tasks cannot have a network of their own`,
    );
  }
  const images = createImages({ ...options, login: dockerLogins(env) });
  const unremoved = new Set<() => Promise<void>>();
  const remove = async (opened: OpenTask) => {
    const again = async () => {
      unremoved.delete(again);
      await remove(opened).catch(() => {});
    };
    try {
      await opened.remove();
    } catch (error) {
      // For example, the engine does not respond. The next task tries again.
      unremoved.add(again);
      throw error;
    }
  };
  return {
    async openTask(task) {
      for (const again of unremoved) void again();
      try {
        const stack = await stackIdentity(workRoot);
        const opened = await openEngineTask({ ...options, workRoot, trusted, images, stack, task });
        return { start: opened.start, remove: () => remove(opened) };
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        throw new Error(`${engine.description}: ${error.message}`, { cause: error });
      }
    },
    async provideImage(image, architecture, patience) {
      await images.provide(image, architecture, patience);
    },
    async recover(leftovers) {
      await removeEngineTasks(engine, workRoot);
      await trusted?.recover(leftovers);
    },
  };
}

/**
 * Ends and removes what the tasks of a killed stack left on an engine. It finds them by labels alone: a container that
 * was being created when the stack was killed has no handle, and the records of a copied stack name containers of the
 * original.
 */
export async function removeEngineTasks(engine: ContainerEngine, workRoot: string): Promise<void> {
  const stack = await stackIdentity(workRoot);
  await removeStackContainers(engine, stack);
  await removeStackCgroups(engine, stack);
  for (const taskId of await taskFolders(workRoot)) {
    await removeTaskFolder(engine, join(workRoot, taskId)).catch((error: Error) => {
      process.emitWarning(`could not remove the folder of task ${taskId}: ${error.message}`);
    });
  }
}
