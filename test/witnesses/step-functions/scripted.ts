import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateStateMachineCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import {
  createCredentialLookup,
  createStepFunctions,
  type Integrations,
  startJsonServer,
} from '@flowserv/local-aws';
import * as z from 'zod';
import { type RecordedExecution, recordedExecutions } from './recorded.ts';

const region = 'us-east-1';
const accountId = '000000000000';
const credentials = { accessKeyId: 'AKIDLOCAL', secretAccessKey: 'local-secret' };

/** Returns an error of a service's client. */
export const serviceError = (name: string, message: string) => Object.assign(new Error(message), { name });

/** The results of the calls of an execution, in order: responses of functions, Task objects of tasks. */
export interface Script {
  readonly title: string;
  readonly next: readonly unknown[];
  readonly settle?: readonly unknown[];
  readonly tasks?: readonly unknown[];
}

/**
 * Runs a definition on our interpreter once for each script, with services that follow the script.
 *
 * @returns executions by the titles of their scripts
 */
export async function runScripts(
  definition: string,
  scripts: readonly Script[],
): Promise<RecordedExecution[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'flowserv-scripts-'));
  const states = createStepFunctions({
    ...{ dataDir, region, accountId },
    integrations: scriptedIntegrations(scripts),
    emit: () => {},
  });
  const server = await startJsonServer({
    services: [states.service],
    credentials: createCredentialLookup([credentials]),
    region,
    port: 0,
  });
  const client = new SFNClient({ endpoint: server.endpoint, region, credentials });
  try {
    const roleArn = `arn:aws:iam::${accountId}:role/machines`;
    const created = await client.send(
      new CreateStateMachineCommand({ name: 'machine', definition, roleArn }),
    );
    const { stateMachineArn } = created;
    for (const [index] of scripts.entries()) {
      const input = JSON.stringify({ runId: String(index) });
      await client.send(new StartExecutionCommand({ stateMachineArn, name: `script-${index}`, input }));
    }
    const recorded = await recordedExecutions(client);
    const titleOf = (name: string) => scripts[Number(name.replace('script-', ''))]?.title ?? name;
    return recorded.map((execution) => ({ ...execution, name: titleOf(execution.name) }));
  } finally {
    client.destroy();
    await server.close();
    await states.close();
    rmSync(dataDir, { recursive: true });
  }
}

const ticketed = z.looseObject({ ticket: z.string() });
const callSchema = z.object({ runId: z.string() });
const ticketSchema = z.object({
  Overrides: z.object({
    ContainerOverrides: z.array(z.object({ Environment: z.array(z.object({ Value: z.string() })) })),
  }),
});

/** The run's id identifies the script of an execution; the ticket of a task begins with it. */
function scriptedIntegrations(scripts: readonly Script[]): Integrations {
  const left = scripts.map(({ next, settle = [{}], tasks = [] }) => ({
    next: [...next],
    settle: [...settle],
    tasks: [...tasks],
  }));
  const take = (id: string, kind: 'next' | 'settle' | 'tasks'): unknown => {
    const outcome = left[Number(id)]?.[kind].shift();
    if (outcome instanceof Error) throw outcome;
    const response = ticketed.safeParse(outcome);
    return response.success ? { ...response.data, ticket: response.data.ticket.replace('#', id) } : outcome;
  };
  const stopped = new Map<string, unknown>();
  return {
    invokeFunction: async (name, payload) =>
      take(callSchema.parse(payload).runId, name.includes('settle') ? 'settle' : 'next'),
    async startTask(taskArguments, token) {
      const [stage] = ticketSchema.parse(taskArguments).Overrides.ContainerOverrides;
      const ticket = stage?.Environment[0]?.Value ?? '';
      stopped.set(token, take(ticket.split('.')[0] ?? '', 'tasks'));
      return { taskArn: token };
    },
    waitForTask: async (token) => stopped.get(token) ?? new Promise(() => {}),
    essentialContainers: async () => ['warden'],
    stopTask: async () => {},
  };
}
