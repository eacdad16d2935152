import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { ContainerError } from '../runner.ts';
import { EngineError } from './api.ts';
import type { ContainerEngine } from './container-engine.ts';
import { CONTAINER_LABEL, NETWORK_CONTAINER, STACK_LABEL } from './labels.ts';
import { RETRIES, RETRY_PAUSE_MS } from './retries.ts';

const created = z.object({ Id: z.string() });
const inspected = z.object({ Id: z.string(), State: z.object({ Status: z.string() }) });
/** Docker has the first only. Podman prepares a container before it starts the program in it. */
const NOT_STARTED: ReadonlySet<string> = new Set(['created', 'configured', 'initialized']);
const listed = z.array(z.object({ Id: z.string(), Labels: z.record(z.string(), z.string()).nullish() }));

/** @returns the id @throws ContainerError when the engine rejects the request or does not respond */
export async function createContainer(
  engine: ContainerEngine,
  name: string,
  config: unknown,
): Promise<string> {
  const request = { method: 'POST', path: '/containers/create', query: { name }, body: config } as const;
  const id = () => engine.api.call(request).then((response) => created.parse(response).Id);
  return retried(engine, id, async () => (await inspect(engine, name))?.Id);
}

/**
 * Starts a container once, also if the engine's response is lost.
 *
 * @throws ContainerError when the engine rejects the request or does not respond
 */
export async function startContainer(engine: ContainerEngine, id: string): Promise<void> {
  const start = () => engine.api.call({ method: 'POST', path: `/containers/${id}/start` }).then(() => true);
  const started = async () => {
    const status = (await inspect(engine, id))?.State.Status;
    return status === undefined || NOT_STARTED.has(status) ? undefined : true;
  };
  await retried(engine, start, started);
}

/**
 * Makes a call, and again if there is no response to it and it had no effect.
 *
 * @param effect the result of a call whose response was lost; undefined if it had no effect
 */
async function retried<T>(
  engine: ContainerEngine,
  make: () => Promise<T>,
  effect: () => Promise<T | undefined>,
): Promise<T> {
  for (let failures = 0; ; ) {
    try {
      return (failures > 0 ? await effect() : undefined) ?? (await make());
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      failures += 1;
      if (error.status !== undefined) throw new ContainerError('CannotStartContainerError', error.message);
      if (failures > RETRIES) {
        throw new ContainerError('CannotStartContainerError', `${engine.description}: ${error.message}`);
      }
      await delay(RETRY_PAUSE_MS);
    }
  }
}

/** @returns undefined if the container does not exist @throws EngineError */
async function inspect(engine: ContainerEngine, idOrName: string) {
  try {
    return inspected.parse(await engine.api.call({ method: 'GET', path: `/containers/${idOrName}/json` }));
  } catch (error) {
    if (error instanceof EngineError && error.status === 404) return undefined;
    throw error;
  }
}

/** Ends and removes a container with its own volumes; does nothing if the container does not exist. */
export async function removeContainer({ api }: ContainerEngine, idOrName: string): Promise<void> {
  try {
    const query = { force: 'true', v: 'true' };
    await api.call({ method: 'DELETE', path: `/containers/${idOrName}`, query });
  } catch (error) {
    if (!(error instanceof EngineError) || error.status !== 404) throw error;
  }
}

/**
 * Ends and removes all containers of a stack, including stopped ones. Those that hold the network of a task are the
 * last, because Podman does not remove a container whose network another one uses.
 */
export async function removeStackContainers(engine: ContainerEngine, stack: string): Promise<void> {
  const filters = JSON.stringify({ label: [`${STACK_LABEL}=${stack}`] });
  const query = { all: 'true', filters };
  const found = listed.parse(await engine.api.call({ method: 'GET', path: '/containers/json', query }));
  const holdsNetwork = ({ Labels }: (typeof found)[number]) =>
    Labels?.[CONTAINER_LABEL] === NETWORK_CONTAINER;
  for (const containers of [found.filter((each) => !holdsNetwork(each)), found.filter(holdsNetwork)]) {
    await Promise.all(containers.map(({ Id }) => removeContainer(engine, Id)));
  }
}
