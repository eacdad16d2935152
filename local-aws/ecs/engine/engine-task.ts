import { join } from 'node:path';
import type {
  ContainerLaunch,
  IsolationOf,
  OpenTask,
  Runner,
  RunningContainer,
  TaskLaunch,
} from '../runner.ts';
import { makeTaskFolder, volumeFolder } from '../task-folders.ts';
import { containerConfig } from './container-config.ts';
import type { ContainerEngine } from './container-engine.ts';
import { createContainer, removeContainer, startContainer } from './engine-containers.ts';
import type { Images, ReadyImage } from './images.ts';
import { labelsOf } from './labels.ts';
import { runningContainer } from './running-container.ts';
import { openTaskCgroup, type TaskCgroup } from './task-cgroup.ts';
import { noteImages, removeTaskFolder } from './task-folder.ts';
import { openTaskNetwork, type TaskNetwork, type TaskNetworks } from './task-network/task-network.ts';

interface TaskOptions {
  readonly engine: ContainerEngine;
  readonly workRoot: string;
  readonly isolationOf: IsolationOf;
  readonly trusted: Runner | undefined;
  readonly taskNetworks?: TaskNetworks | undefined;
  readonly images: Images;
  readonly stack: string;
  readonly task: TaskLaunch;
}

/** Everything that is prepared for the containers of a task. */
interface Prepared extends TaskOptions {
  readonly folder: string;
  /** The images of the containers that the engine runs, by name. */
  readonly ready: ReadonlyMap<string, ReadyImage>;
  readonly cgroup: TaskCgroup | undefined;
  /** Undefined if each container has its own network. */
  readonly network: TaskNetwork | undefined;
  /** What the containers need that the engine does not run. */
  readonly trustedTask: OpenTask | undefined;
}

/** Provides the images of a task's containers, and creates its folders. */
export async function openEngineTask(options: TaskOptions): Promise<OpenTask> {
  const { engine, stack, task, trusted, taskNetworks } = options;
  const folder = join(options.workRoot, task.taskId);
  const ready = await readyImages(options);
  const trustedTask = await trusted?.openTask(task);
  let cgroup: TaskCgroup | undefined;
  try {
    if (!trusted) await makeTaskFolder(folder, task.volumes);
    await noteImages(folder, [...new Set([...ready.values()].map(({ id }) => id))]);
    cgroup = await openTaskCgroup({ ...task, engine, stack });
    const network = taskNetworks && (await openTaskNetwork({ ...options, networks: taskNetworks, folder }));
    return taskOf({ ...options, folder, ready, cgroup, network, trustedTask });
  } catch (error) {
    await cgroup?.remove();
    await removeTaskFolder(engine, folder).catch(() => {});
    await trustedTask?.remove();
    throw error;
  }
}

async function readyImages({ task, images, trusted, isolationOf }: TaskOptions) {
  const own = task.containers.filter((container) => !trusted || isolationOf(container));
  const names = [...new Set(own.map(({ image }) => image))];
  const found = names.map(async (name) => [name, await images.provide(name, task.architecture)] as const);
  return new Map(await Promise.all(found));
}

function taskOf(prepared: Prepared): OpenTask {
  const { engine, folder, cgroup, network, trustedTask, isolationOf } = prepared;
  const names: string[] = [];
  return {
    async start(launch) {
      if (trustedTask && !isolationOf(launch)) return trustedTask.start(launch);
      const name = `${prepared.task.taskId}-${launch.name}`;
      names.push(name);
      const container = await start(prepared, launch, name);
      // Without the program that holds the ports of the network, a container could offer a service in place of the stack.
      void network?.lost.then(() => container.signal('SIGKILL'));
      return container;
    },
    async remove() {
      // By name, because a container whose creation got no response may exist.
      await Promise.all(names.map((name) => removeContainer(engine, name)));
      await network?.remove();
      await cgroup?.remove();
      await removeTaskFolder(engine, folder);
      await trustedTask?.remove();
    },
  };
}

async function start(prepared: Prepared, launch: ContainerLaunch, name: string): Promise<RunningContainer> {
  const { engine, stack, task, cgroup, folder } = prepared;
  const image = prepared.ready.get(launch.image);
  if (!image) throw new Error(`the image ${launch.image} was not prepared`);
  const isolation = prepared.isolationOf(launch);
  const config = containerConfig(launch, {
    engine,
    image,
    labels: labelsOf(stack, task.taskId, launch.name),
    network: prepared.network?.mode ?? networkOf(isolation),
    isolated: isolation !== undefined,
    task: { cpuUnits: task.cpuUnits, memoryMiB: task.memoryMiB, cgroup: cgroup?.path },
    volume: (volume) => volumeFolder(folder, volume),
  });
  const id = await createContainer(engine, name, config);
  await startContainer(engine, id);
  return runningContainer({ engine, id }, image.digest, async () => (await cgroup?.memoryRanOut()) ?? false);
}

/**
 * The engine's own network reaches outside the host, but not the host's loopback, where the services of the stack
 * listen.
 */
function networkOf(isolation: ReturnType<IsolationOf>): string {
  if (!isolation) return 'host';
  return isolation.network ? 'default' : 'none';
}
