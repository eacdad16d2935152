import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ContainerDefinition,
  CreateClusterCommand,
  DescribeTasksCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  type RunTaskCommandInput,
  type Task,
} from '@aws-sdk/client-ecs';
import { createCredentialLookup } from '../../aws/credentials.ts';
import { startJsonServer } from '../../aws/json-protocol.ts';
import { createEcs, type Ecs, type EcsOptions } from '../../ecs/ecs.ts';
import { createProcessRunner } from '../../ecs/process-runner.ts';

const PAIR = { accessKeyId: 'AKIDLOCALECS', secretAccessKey: 'secret-of-the-test' };
export const REGION = 'eu-central-1';
export const ACCOUNT_ID = '123456789012';

/** A local ECS behind HTTP in its own folder, with the real SDK as its client. */
export interface TestStack {
  readonly folder: string;
  readonly ecs: Ecs;
  readonly client: ECSClient;
  close(): Promise<void>;
}

/** Starts a stack in a new folder, or in that of an earlier stack. */
export async function startStack(
  options: Partial<EcsOptions> & { readonly folder?: string; readonly keep?: boolean } = {},
): Promise<TestStack> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'local-ecs-')));
  const processes = createProcessRunner({ workRoot: join(folder, 'work'), keep: options.keep ?? false });
  const ecs = createEcs({
    dataDir: join(folder, 'data'),
    region: REGION,
    accountId: ACCOUNT_ID,
    runner: processes,
    ...options,
  });
  const server = await startJsonServer({
    services: [ecs.service],
    credentials: createCredentialLookup([PAIR]),
    region: REGION,
    port: 0,
  });
  const client = new ECSClient({
    endpoint: server.endpoint,
    region: REGION,
    credentials: PAIR,
    maxAttempts: 1,
  });
  await client.send(new CreateClusterCommand({ clusterName: 'app' }));
  return {
    folder,
    ecs,
    client,
    async close() {
      client.destroy();
      await server.close();
      await ecs.close();
      await processes.close();
    },
  };
}

/** A path in the folder of a task. */
export function taskPath(stack: TestStack, task: Task, ...path: string[]): string {
  return join(stack.folder, 'work', task.taskArn?.split('/').at(-1) ?? '', ...path);
}

/** Closes a stack and removes its folder. */
export async function discard(stack: TestStack): Promise<void> {
  await stack.close();
  await rm(stack.folder, { recursive: true, force: true });
}

/** A definition for Fargate with two volumes and the given containers. */
export function definition(containerDefinitions: ContainerDefinition[], family = 'app-test') {
  return {
    family,
    requiresCompatibilities: ['FARGATE' as const],
    networkMode: 'awsvpc' as const,
    cpu: '256',
    memory: '512',
    volumes: [{ name: 'work' }, { name: 'ctl' }],
    containerDefinitions,
  };
}

/** A container that runs a shell script in the volume `work`. */
export function shell(
  name: string,
  script: string,
  more: Partial<ContainerDefinition> = {},
): ContainerDefinition {
  return {
    name,
    image: 'public.ecr.aws/docker/library/alpine:3',
    entryPoint: ['/bin/sh', '-c'],
    command: [script],
    environment: [{ name: 'APP_WORK', value: '/app/work' }],
    mountPoints: [{ sourceVolume: 'work', containerPath: '/app/work' }],
    workingDirectory: '/app/work',
    ...more,
  };
}

export const NETWORK = { awsvpcConfiguration: { subnets: ['subnet-1'], assignPublicIp: 'ENABLED' as const } };

/** Registers a definition and starts one task of it. */
export async function run(
  { client }: TestStack,
  containers: ContainerDefinition[],
  more: Partial<RunTaskCommandInput> = {},
): Promise<Task & { readonly taskArn: string }> {
  const registered = await client.send(new RegisterTaskDefinitionCommand(definition(containers)));
  const { tasks } = await client.send(
    new RunTaskCommand({
      cluster: 'app',
      taskDefinition: registered.taskDefinition?.taskDefinitionArn,
      launchType: 'FARGATE',
      networkConfiguration: NETWORK,
      ...more,
    }),
  );
  const task = tasks?.[0];
  if (task?.taskArn === undefined) throw new Error('RunTask gave no task');
  return { ...task, taskArn: task.taskArn };
}

/** Waits for the end of a task and describes it through the SDK. */
export async function stopped(stack: TestStack, taskArn: string): Promise<Task> {
  await stack.ecs.waitForTask(taskArn, AbortSignal.timeout(20_000));
  return describeTask(stack, taskArn);
}

export async function describeTask({ client }: TestStack, taskArn: string): Promise<Task> {
  const { tasks } = await client.send(new DescribeTasksCommand({ cluster: 'app', tasks: [taskArn] }));
  const task = tasks?.[0];
  if (!task) throw new Error(`no task ${taskArn}`);
  return task;
}

export function container(task: Task, name: string) {
  const found = task.containers?.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`no container ${name}`);
  return found;
}

/** The reported status of a container, which may become RUNNING after its program wrote a file. */
export async function containerStatus(stack: TestStack, taskArn: string, name: string) {
  return container(await describeTask(stack, taskArn), name).lastStatus;
}

/** Waits until a file contains a complete line, and returns its text. */
export async function fileText(path: string): Promise<string> {
  for (;;) {
    const text = await readFile(path, 'utf8').catch(() => '');
    if (text.endsWith('\n')) return text.trim();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Returns whether a process is alive; a zombie is not. */
export async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  return stat !== '' && !/\) [ZX] /.test(stat);
}
