import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { onTestFinished } from 'vitest';
import { createCredentialLookup } from '../../aws/credentials.ts';
import { startJsonServer } from '../../aws/json-protocol.ts';
import type { Integrations } from '../../stepfunctions/integrations.ts';
import type { ExecutionStatusChange } from '../../stepfunctions/status-event.ts';
import { createStepFunctions } from '../../stepfunctions/stepfunctions.ts';

export const REGION = 'us-east-1';
export const ACCOUNT = '000000000000';
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/machines`;
export const KEYS = { accessKeyId: 'AKIDLOCAL', secretAccessKey: 'local-secret' };

const missing = (what: string) => async (): Promise<never> => {
  throw new Error(`${what} is not expected here`);
};

/** Integrations with only those functions that the test's state machine calls. */
export const integrationsOf = (parts: Partial<Integrations>): Integrations => ({
  invokeFunction: missing('invokeFunction'),
  startTask: missing('startTask'),
  waitForTask: missing('waitForTask'),
  essentialContainers: async () => ['warden'],
  stopTask: missing('stopTask'),
  ...parts,
});

/** Creates a temporary folder, which is removed after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'stepfunctions-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export const clientOf = (endpoint: string) =>
  new SFNClient({ endpoint, region: REGION, credentials: KEYS, maxAttempts: 1 });

export type RunningService = Awaited<ReturnType<typeof startService>>;

/** Starts a server with the service, and records its events. It is closed after the test. */
export async function startService(
  parts: Partial<Integrations> = {},
  options: { readonly dataDir?: string; readonly now?: () => number } = {},
) {
  const { dataDir, ...clock } = options;
  const folder = dataDir ?? (await temporaryFolder());
  const events: ExecutionStatusChange[] = [];
  const waiting = new Map<string, () => void>();
  const stepFunctions = createStepFunctions({
    ...clock,
    dataDir: folder,
    region: REGION,
    accountId: ACCOUNT,
    integrations: integrationsOf(parts),
    emit: (event) => {
      events.push(event);
      if (event.detail.status !== 'RUNNING') waiting.get(event.detail.executionArn)?.();
    },
  });
  const server = await startJsonServer({
    services: [stepFunctions.service],
    credentials: createCredentialLookup([KEYS]),
    region: REGION,
    port: 0,
  });
  const client = clientOf(server.endpoint);
  let open = true;
  const close = async () => {
    if (!open) return;
    open = false;
    client.destroy();
    await server.close();
    await stepFunctions.close();
  };
  onTestFinished(close);

  /** Resolves to the description of an execution when it ended. */
  const finished = async (executionArn: string | undefined) => {
    const arn = executionArn ?? '';
    const ended = () =>
      events.some(({ detail }) => detail.executionArn === arn && detail.status !== 'RUNNING');
    if (!ended()) await new Promise<void>((resolve) => waiting.set(arn, resolve));
    return client.send(new DescribeExecutionCommand({ executionArn: arn }));
  };
  return { client, dataDir: folder, events, finished, close, resume: () => stepFunctions.resume() };
}

let machines = 0;

/** Creates a state machine with JSONata states. @returns its ARN */
export async function createStateMachine(client: SFNClient, definition: object): Promise<string> {
  machines += 1;
  const { stateMachineArn } = await client.send(
    new CreateStateMachineCommand({
      name: `machine-${process.pid}-${machines}`,
      definition: JSON.stringify({ QueryLanguage: 'JSONata', ...definition }),
      roleArn: ROLE,
    }),
  );
  return stateMachineArn ?? '';
}

/** Creates a state machine and runs it once to its end. */
export async function runOnce(service: RunningService, definition: object, input: unknown = {}) {
  const stateMachineArn = await createStateMachine(service.client, definition);
  const started = await service.client.send(
    new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
  );
  const execution = await service.finished(started.executionArn);
  const history = await historyOf(service.client, started.executionArn);
  return {
    ...execution,
    history,
    value: execution.output === undefined ? undefined : JSON.parse(execution.output),
  };
}

export async function historyOf(client: SFNClient, executionArn: string | undefined) {
  const { events } = await client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
  return events ?? [];
}

export const typesOf = (events: readonly { type?: string | undefined }[]) => events.map(({ type }) => type);

/** A Task state that calls a function. */
export const lambda = (fields: object) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: 'next', Payload: { input: '{% $states.input %}' } },
  ...fields,
});

/** A Task state that runs an ECS task. */
export const runTask = (fields: object) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::ecs:runTask.sync',
  Arguments: {
    Cluster: 'cluster',
    TaskDefinition: '{% $states.input.taskDefinition %}',
    LaunchType: 'FARGATE',
  },
  ...fields,
});

/** The error of an invocation of a failed function. */
export const functionError = (errorType: string, errorMessage: string, trace: readonly string[] = []) =>
  Object.assign(new Error(errorMessage), { errorType, errorMessage, trace });

/** An error as thrown by the client of a service. */
export const serviceError = (name: string, message: string) => Object.assign(new Error(message), { name });

/** A function that fails with the given errors in turn and then succeeds. */
export function failing(errors: readonly Error[]) {
  const calls: unknown[] = [];
  const invokeFunction = async (_name: string, payload: unknown) => {
    calls.push(payload);
    const error = errors[calls.length - 1];
    if (error) throw error;
    return { ok: true };
  };
  return { calls, invokeFunction };
}

/** A promise with its resolver, for functions that wait until the test continues. */
export const gate = () => Promise.withResolvers<void>();
