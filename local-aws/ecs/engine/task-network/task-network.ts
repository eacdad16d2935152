import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ContainerError, type TaskLaunch } from '../../runner.ts';
import type { ContainerEngine } from '../container-engine.ts';
import { createContainer, removeContainer, startContainer } from '../engine-containers.ts';
import type { Images } from '../images.ts';
import { labelsOf, NETWORK_CONTAINER } from '../labels.ts';
import { exitCodeOf } from '../running-container.ts';
import { portsProgram, type ServiceAddress, SOCKETS_PATH } from './forwarding.ts';
import { openRelay } from './relay.ts';

/** Settings of networks that belong to one task each. */
export interface TaskNetworks {
  /** Image with Node.js 22 or later, for the container that holds the network. */
  readonly image: string;
  /** URLs of the services on loopback that tasks reach, in addition to their metadata endpoint. */
  endpoints(): Promise<readonly string[]>;
}

/** The network namespace of one task, which all its containers share. */
export interface TaskNetwork {
  /** The network of the containers, for the engine. */
  readonly mode: string;
  /** Resolves when the network no longer leads to the services, and was not removed. */
  readonly lost: Promise<void>;
  /** Must be called after all other containers of the task were removed. */
  remove(): Promise<void>;
}

interface TaskNetworkOptions {
  readonly engine: ContainerEngine;
  readonly images: Images;
  readonly stack: string;
  readonly task: TaskLaunch;
  /** Folder of the task. */
  readonly folder: string;
  readonly networks: TaskNetworks;
}

const MIB = 1024 * 1024;
/** Enough for Node.js and all connections. */
const MEMORY_BYTES = 256 * MIB;
const PROCESSES = 64;
const READY_MS = 60_000;

/**
 * Creates a network that contains nothing but loopback. On it, a container of its own opens the ports of the services
 * and forwards them to the stack. The other containers of the task join the network and find these ports taken, but
 * have no access to the sockets behind them.
 *
 * @throws ContainerError when the network cannot be created
 */
export async function openTaskNetwork(options: TaskNetworkOptions): Promise<TaskNetwork> {
  const { engine, images, task, networks } = options;
  const image = await images.provide(networks.image, task.architecture);
  const endpoints = [...(await networks.endpoints()), task.metadataEndpoint];
  const addresses = [...new Map(endpoints.map((url) => [new URL(url).host, addressOf(url)])).values()];
  const folder = join(options.folder, 'network');
  const relay = await openRelay(folder, addresses);
  const name = `${task.taskId}-${NETWORK_CONTAINER}`;
  const lost = Promise.withResolvers<void>();
  let removed = false;
  const remove = async () => {
    removed = true;
    await removeContainer(engine, name);
    await relay.close();
  };
  try {
    const id = await createContainer(engine, name, networkConfig(options, image.id, folder, addresses));
    await startContainer(engine, id);
    const ended = exitCodeOf({ engine, id }).catch(() => undefined);
    const late = delay(READY_MS, undefined, { ref: false });
    const first = await Promise.race([relay.ready.then(() => 'ready' as const), ended, late]);
    if (first !== 'ready') throw networkError(first);
    void relay.lost.then(() => {
      if (!removed) lost.resolve();
    });
    return { mode: `container:${id}`, lost: lost.promise, remove };
  } catch (error) {
    await remove().catch(() => {});
    throw error;
  }
}

function addressOf(endpoint: string): ServiceAddress {
  const { hostname, port } = new URL(endpoint);
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port || '80') };
}

const networkError = (exitCode: number | undefined) =>
  new ContainerError(
    'ResourceInitializationError',
    `the container that holds the network of the task ${exitCode === undefined ? 'does not respond' : `ended with exit code ${exitCode}`}`,
  );

function networkConfig(
  { engine, stack, task }: TaskNetworkOptions,
  image: string,
  folder: string,
  addresses: readonly ServiceAddress[],
): Record<string, unknown> {
  const kept = engine.machine.limits;
  return {
    Image: image,
    Entrypoint: ['node', '-e', portsProgram(addresses)],
    Cmd: [],
    // The owner of the folder of sockets, because root without capabilities is an ordinary user. For Podman as an
    // ordinary user, root in a container is this user.
    User: engine.rootless ? '0:0' : `${process.geteuid?.()}:${process.getegid?.()}`,
    // The first process of a container ignores SIGTERM, and the engine would wait for it.
    StopSignal: 'SIGKILL',
    Labels: labelsOf(stack, task.taskId, NETWORK_CONTAINER),
    HostConfig: {
      Binds: [`${folder}:${SOCKETS_PATH}:ro`],
      NetworkMode: 'none',
      LogConfig: { Type: 'none' },
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      // SELinux does not let containers connect to sockets of the host, so it must not confine this one.
      SecurityOpt: ['no-new-privileges', 'label=disable'],
      // Outside the control group of the task, because a program that takes all memory there must not end it.
      ...(kept.memory ? { Memory: MEMORY_BYTES, MemorySwap: MEMORY_BYTES } : {}),
      ...(kept.processes ? { PidsLimit: PROCESSES } : {}),
    },
  };
}
