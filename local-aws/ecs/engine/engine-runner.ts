import { join, resolve } from 'node:path';
import type { IsolationOf, Runner, TaskLaunch, TaskPlace } from '../runner.ts';
import { taskFolders } from '../task-folders.ts';
import { EngineError } from './api.ts';
import type { ContainerEngine } from './container-engine.ts';
import { removeContainer, stackContainers } from './engine-containers.ts';
import { createImages, type PullPatience } from './images.ts';
import { dockerLogins } from './registry-login.ts';
import { stackIdentity } from './stack-identity.ts';
import { removeStackCgroups } from './task-cgroup.ts';
import { removeTaskFolder } from './task-folder.ts';
import { openTaskPlace } from './task-place.ts';

interface EngineRunnerOptions {
  readonly engine: ContainerEngine;
  /** Folder of the tasks' folders; made when it is missing. The engine has to see it under the same path. */
  readonly workRoot: string;
  readonly isolationOf: IsolationOf;
  /** Whether an image is pulled that the engine has already. */
  readonly pull: 'missing' | 'always';
  /** Receives lines about images that are being pulled. */
  onProgress(line: string): void;
  /**
   * Runs the trusted containers where the engine has no host network. It has to have the same `workRoot`, and to make
   * the volumes as `createProcessRunner` does. Needed in that case only.
   */
  readonly trusted?: Runner;
  /** Where the logins of Docker's command line are found; the environment of this process by default. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A runner that can also provide an image before a task wants it. */
export interface EngineRunner extends Runner {
  /** @throws ContainerError `CannotPullContainerError` */
  provideImage(
    image: string,
    architecture: TaskLaunch['architecture'],
    patience?: PullPatience,
  ): Promise<void>;
}

/**
 * Runs containers by a container engine, each task in its own folder under `workRoot`: `volumes/<name>` for the
 * volumes. Trusted containers share the machine's network, isolated ones have none, or the engine's own.
 *
 * @throws Error when the engine cannot be used with these options
 */
export function createEngineRunner(options: EngineRunnerOptions): EngineRunner {
  const { engine, env = process.env } = options;
  const workRoot = resolve(options.workRoot);
  // The engine would take it for the end of the path in a bind mount.
  if (workRoot.includes(':'))
    throw new Error(`containers cannot have volumes in ${workRoot}: its path has a colon`);
  const trusted = engine.hostNetwork ? undefined : options.trusted;
  if (!engine.hostNetwork && !trusted) {
    throw new Error(
      `${engine.description} does not share this machine's network: trusted containers need a runner of their own`,
    );
  }
  const images = createImages({ ...options, login: dockerLogins(env) });
  const unremoved = new Set<() => Promise<void>>();
  const remove = async (place: TaskPlace) => {
    const again = async () => {
      unremoved.delete(again);
      await remove(place).catch(() => {});
    };
    try {
      await place.remove();
    } catch (error) {
      // Such as an engine that does not answer: the next task tries it again.
      unremoved.add(again);
      throw error;
    }
  };
  return {
    async openTask(task) {
      for (const again of unremoved) void again();
      try {
        const stack = await stackIdentity(workRoot);
        const place = await openTaskPlace({ ...options, workRoot, trusted, images, stack, task });
        return { start: place.start, remove: () => remove(place) };
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
 * Ends and removes what the tasks of a killed stack have left on an engine. Goes by labels alone: a container that was
 * asked for as the stack was killed has no handle yet, and the records of a copied stack name containers of the other one.
 */
export async function removeEngineTasks(engine: ContainerEngine, workRoot: string): Promise<void> {
  const stack = await stackIdentity(workRoot);
  const ids = await stackContainers(engine, stack);
  await Promise.all(ids.map((id) => removeContainer(engine, id)));
  await removeStackCgroups(engine, stack);
  for (const taskId of await taskFolders(workRoot)) {
    await removeTaskFolder(engine, join(workRoot, taskId)).catch((error: Error) => {
      process.emitWarning(`the folder of task ${taskId} is left: ${error.message}`);
    });
  }
}
