import * as z from 'zod';
import { ContainerError } from '../runner.ts';
import { EngineError, type EngineRequest } from './api.ts';
import type { ContainerEngine } from './container-engine.ts';
import { CONTAINER_LABEL, NETWORK_CONTAINER, STACK_LABEL } from './labels.ts';

const created = z.object({ Id: z.string() });
const listed = z.array(z.object({ Id: z.string(), Labels: z.record(z.string(), z.string()).nullish() }));

/** @returns the id @throws ContainerError when the engine rejects the request */
export async function createContainer(
  engine: ContainerEngine,
  name: string,
  config: unknown,
): Promise<string> {
  const request = { method: 'POST', path: '/containers/create', query: { name }, body: config } as const;
  return created.parse(await asked(engine, request)).Id;
}

/** @throws ContainerError when the engine rejects the request */
export async function startContainer(engine: ContainerEngine, id: string): Promise<void> {
  await asked(engine, { method: 'POST', path: `/containers/${id}/start` });
}

async function asked({ api, description }: ContainerEngine, request: EngineRequest): Promise<unknown> {
  try {
    return await api.call(request);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const said = error.status === undefined ? `${description}: ${error.message}` : error.message;
    throw new ContainerError('CannotStartContainerError', said);
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
