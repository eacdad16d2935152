import {
  DeregisterTaskDefinitionCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  type RunTaskCommandInput,
  StopTaskCommand,
  type TaskOverride,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  container,
  definition,
  discard,
  NETWORK,
  run,
  shell,
  startStack,
  stopped,
  type TestStack,
} from './stack.ts';

let stack: TestStack;
/** The clock of the service: the real time plus the hours that a test adds. */
let addedMs = 0;

beforeAll(async () => {
  stack = await startStack({ now: () => Date.now() + addedMs });
  await stack.client.send(new RegisterTaskDefinitionCommand(definition([shell('main', 'exit 0')], 'plain')));
});
afterAll(() => discard(stack));

const request: RunTaskCommandInput = {
  cluster: 'app',
  taskDefinition: 'plain',
  launchType: 'FARGATE',
  networkConfiguration: NETWORK,
};
const runTask = (more: Partial<RunTaskCommandInput> = {}) =>
  stack.client.send(new RunTaskCommand({ ...request, ...more }));

/** Overrides whose JSON text has exactly the given length. */
function overridesOf(length: number): TaskOverride {
  const made = (value: string) => ({
    containerOverrides: [{ name: 'main', environment: [{ name: 'A', value }] }],
  });
  return made('x'.repeat(length - JSON.stringify(made('')).length));
}

describe('RunTask', () => {
  it('applies overrides of command, environment, size and disk', async () => {
    const task = await run(
      stack,
      [shell('main', 'exit 1', { environment: [{ name: 'CODE', value: '2' }] })],
      {
        overrides: {
          cpu: '1 vCPU',
          memory: '4 GB',
          ephemeralStorage: { sizeInGiB: 100 },
          containerOverrides: [
            { name: 'main', command: ['exit "$CODE"'], environment: [{ name: 'CODE', value: '5' }] },
          ],
        },
      },
    );

    const end = await stopped(stack, task.taskArn);

    expect(container(end, 'main').exitCode).toBe(5);
    expect(end).toMatchObject({ cpu: '1024', memory: '4096', ephemeralStorage: { sizeInGiB: 100 } });
    expect(end.overrides?.containerOverrides?.[0]).toMatchObject({ name: 'main', command: ['exit "$CODE"'] });
  });

  it('reports no digest of an image that no process uses, also if its name has one', async () => {
    const image = `registry.example.org/lab/tool@sha256:${'ab'.repeat(32)}`;
    const task = await run(stack, [shell('main', 'exit 0', { image })]);
    const end = container(await stopped(stack, task.taskArn), 'main');
    expect(end.image).toBe(image);
    expect(end).not.toHaveProperty('imageDigest');
  });

  it('accepts overrides of up to 8,192 characters', async () => {
    const { tasks } = await runTask({ overrides: overridesOf(8192) });

    expect(tasks).toHaveLength(1);
    await expect(runTask({ overrides: overridesOf(8193) })).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: 'Container Overrides length must be at most 8192',
    });
  });

  it.each<[string, Partial<RunTaskCommandInput>, string, RegExp]>([
    ['a cluster that does not exist', { cluster: 'other' }, 'ClusterNotFoundException', /Cluster not found/],
    ['a definition that does not exist', { taskDefinition: 'other:1' }, 'ClientException', /not found/],
    ['eleven tasks', { count: 11 }, 'InvalidParameterException', /count/],
    ['no task', { count: 0 }, 'InvalidParameterException', /count/],
    ['no network', { networkConfiguration: undefined }, 'InvalidParameterException', /Network Configuration/],
    ['another launch type', { launchType: 'EC2' }, 'InvalidParameterException', /launchType/],
    ['no launch type', { launchType: undefined }, 'InvalidParameterException', /launchType/],
    [
      'launch type and strategy',
      { capacityProviderStrategy: [{ capacityProvider: 'FARGATE', weight: 1 }] },
      'InvalidParameterException',
      /exclude/,
    ],
    ['an unknown platform', { platformVersion: '9.9.9' }, 'PlatformUnknownException', /9\.9\.9/],
    [
      'an override of an unknown container',
      { overrides: { containerOverrides: [{ name: 'x' }] } },
      'InvalidParameterException',
      /container named x/,
    ],
    [
      'a size that Fargate does not have',
      { overrides: { cpu: '300' } },
      'InvalidParameterException',
      /Fargate configuration/,
    ],
    [
      '20 GiB of disk',
      { overrides: { ephemeralStorage: { sizeInGiB: 20 } } },
      'InvalidParameterException',
      /sizeInGiB/,
    ],
    [
      'a role by override',
      { overrides: { taskRoleArn: 'arn:aws:iam::1:role/x' } },
      'InvalidParameterException',
      /taskRoleArn/,
    ],
    [
      'a shell into the container',
      { enableExecuteCommand: true },
      'InvalidParameterException',
      /enableExecuteCommand/,
    ],
    [
      'a token above 64 characters',
      { clientToken: 'x'.repeat(65) },
      'InvalidParameterException',
      /clientToken/,
    ],
  ])('rejects %s', async (_, more, name, message) => {
    await expect(runTask(more)).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
  });

  it('rejects an inactive definition', async () => {
    await stack.client.send(new RegisterTaskDefinitionCommand(definition([shell('main', '')], 'retired')));
    await stack.client.send(new DeregisterTaskDefinitionCommand({ taskDefinition: 'retired:1' }));

    await expect(runTask({ taskDefinition: 'retired:1' })).rejects.toMatchObject({
      message: 'TaskDefinition is inactive',
    });
    await expect(runTask({ taskDefinition: 'retired' })).rejects.toMatchObject({
      message: 'TaskDefinition not found.',
    });
  });

  it('runs twenty tasks at the same time', async () => {
    const responses = await Promise.all([runTask({ count: 10 }), runTask({ count: 10 })]);
    const arns = responses.flatMap(({ tasks }) => tasks?.map((task) => task.taskArn ?? '') ?? []);

    const ends = await Promise.all(arns.map((arn) => stopped(stack, arn)));

    expect(new Set(arns).size).toBe(20);
    expect(ends.map((task) => container(task, 'main').exitCode)).toEqual(Array(20).fill(0));
  });
});

describe('client token', () => {
  it('returns the same task for the same request, and a conflict for another one', async () => {
    const first = await runTask({ clientToken: 'token-1' });
    const again = await runTask({ clientToken: 'token-1' });
    const other = await runTask({ clientToken: 'token-2' });

    expect(again.tasks?.[0]?.taskArn).toBe(first.tasks?.[0]?.taskArn);
    expect(other.tasks?.[0]?.taskArn).not.toBe(first.tasks?.[0]?.taskArn);
    await expect(runTask({ clientToken: 'token-1', count: 2 })).rejects.toMatchObject({
      name: 'ConflictException',
      resourceIds: [first.tasks?.[0]?.taskArn],
    });
  });

  it('expires an hour after its task stopped', async () => {
    const first = await runTask({ clientToken: 'token-3' });
    await stopped(stack, first.tasks?.[0]?.taskArn ?? '');
    addedMs = 3600 * 1000 + 1000;

    const later = await runTask({ clientToken: 'token-3' });

    expect(later.tasks?.[0]?.taskArn).not.toBe(first.tasks?.[0]?.taskArn);
    addedMs = 0;
  });
});

describe('tasks', () => {
  it('are listed by desired status, family and starter, page by page', async () => {
    const idle = [shell('main', 'exec sleep 60')];
    const one = await run(stack, idle, { startedBy: 'starter-1' });
    const two = await run(stack, idle, { startedBy: 'starter-2' });
    const list = async (more: object) =>
      (await stack.client.send(new ListTasksCommand({ cluster: 'app', ...more }))).taskArns;

    const page = await stack.client.send(
      new ListTasksCommand({ cluster: 'app', family: 'app-test', maxResults: 1 }),
    );

    expect(page.taskArns).toEqual([one.taskArn]);
    expect(await list({ family: 'app-test', nextToken: page.nextToken })).toEqual([two.taskArn]);
    expect(await list({ startedBy: 'starter-2' })).toEqual([two.taskArn]);
    expect(await list({ startedBy: 'starter-2', desiredStatus: 'STOPPED' })).toEqual([]);
    await Promise.all([one, two].map((task) => stack.ecs.stopTask(task.taskArn, 'end of the test')));
    await Promise.all([one, two].map((task) => stopped(stack, task.taskArn)));
    expect(await list({ startedBy: 'starter-2', desiredStatus: 'STOPPED' })).toEqual([two.taskArn]);
  });

  it('are described by id and by ARN, with tags on request, and reported when missing', async () => {
    const task = await run(stack, [shell('main', 'exit 0')], { tags: [{ key: 'run', value: 'r1' }] });
    const taskId = task.taskArn.split('/').at(-1) ?? '';

    const response = await stack.client.send(
      new DescribeTasksCommand({
        cluster: 'app',
        tasks: [taskId, task.taskArn, 'f'.repeat(32)],
        include: ['TAGS'],
      }),
    );

    expect(response.tasks?.map((each) => each.taskArn)).toEqual([task.taskArn, task.taskArn]);
    expect(response.tasks?.[0]?.tags).toEqual([{ key: 'run', value: 'r1' }]);
    expect(response.failures).toMatchObject([{ reason: 'MISSING' }]);
    await stopped(stack, task.taskArn);
  });

  it('cannot be stopped when they do not exist', async () => {
    const command = new StopTaskCommand({ cluster: 'app', task: 'f'.repeat(32) });

    await expect(stack.client.send(command)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});
