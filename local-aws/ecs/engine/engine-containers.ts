import * as z from 'zod';
import { ContainerError } from '../runner.ts';
import { EngineError } from './api.ts';
import type { ContainerEngine } from './container-engine.ts';
import { STACK_LABEL } from './labels.ts';

const created = z.object({ Id: z.string() });
const listed = z.array(z.object({ Id: z.string() }));

/** @returns the id @throws ContainerError when the engine refuses */
export async function createContainer(
  { api }: ContainerEngine,
  name: string,
  config: unknown,
): Promise<string> {
  try {
    const query = { name };
    return created.parse(await api.call({ method: 'POST', path: '/containers/create', query, body: config }))
      .Id;
  } catch (error) {
    throw refused(error);
  }
}

export async function startContainer({ api }: ContainerEngine, id: string): Promise<void> {
  try {
    await api.call({ method: 'POST', path: `/containers/${id}/start` });
  } catch (error) {
    throw refused(error);
  }
}

const refused = (error: unknown): unknown =>
  error instanceof EngineError ? new ContainerError('CannotStartContainerError', error.message) : error;

/** Ends and removes a container with its own volumes; one that is not there is no error. */
export async function removeContainer({ api }: ContainerEngine, idOrName: string): Promise<void> {
  try {
    const query = { force: 'true', v: 'true' };
    await api.call({ method: 'DELETE', path: `/containers/${idOrName}`, query });
  } catch (error) {
    if (!(error instanceof EngineError) || error.status !== 404) throw error;
  }
}

/** Ids of all containers of a stack, those too that have ended. */
export async function stackContainers({ api }: ContainerEngine, stack: string): Promise<string[]> {
  const filters = JSON.stringify({ label: [`${STACK_LABEL}=${stack}`] });
  const answer = await api.call({ method: 'GET', path: '/containers/json', query: { all: 'true', filters } });
  return listed.parse(answer).map(({ Id }) => Id);
}
