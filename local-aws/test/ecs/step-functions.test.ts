import { RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { definition, describeTask, discard, shell, startStack, type TestStack } from './stack.ts';

let stack: TestStack;

beforeEach(async () => {
  stack = await startStack();
  const containers = [
    shell('warden', 'exit 0'),
    shell('step', 'exec sleep 60', { essential: false }),
    shell('idle', 'exec sleep 60'),
  ];
  await stack.client.send(new RegisterTaskDefinitionCommand(definition(containers, 'states')));
  await stack.client.send(
    new RegisterTaskDefinitionCommand(definition([shell('main', 'exec sleep 60')], 'idle')),
  );
});
afterEach(() => discard(stack));

const input = (family: string) => ({
  Cluster: 'app',
  TaskDefinition: family,
  LaunchType: 'FARGATE',
  PlatformVersion: '1.4.0',
  NetworkConfiguration: { AwsvpcConfiguration: { Subnets: ['subnet-1'], AssignPublicIp: 'ENABLED' } },
  Overrides: {
    Cpu: '512',
    Memory: '1024',
    ContainerOverrides: [
      { Name: family === 'idle' ? 'main' : 'warden', Environment: [{ Name: 'FS_TICKET', Value: 't' }] },
    ],
  },
});
const forever = () => new AbortController().signal;

describe('calls of Step Functions', () => {
  it('return the task as runTask.sync does: PascalCase names, times in milliseconds', async () => {
    const { taskArn } = await stack.ecs.startTask(input('states'), 'execution-1-state-1');

    const task = await stack.ecs.waitForTask(taskArn, forever());

    expect(task).toMatchObject({
      TaskArn: taskArn,
      LastStatus: 'STOPPED',
      StopCode: 'EssentialContainerExited',
      StartedBy: 'AWS Step Functions',
      Cpu: '512',
      Overrides: {
        ContainerOverrides: [{ Name: 'warden', Environment: [{ Name: 'FS_TICKET', Value: 't' }] }],
      },
      Tags: [],
      CreatedAt: expect.any(Number),
    });
    expect(task).toHaveProperty('Containers.0', expect.objectContaining({ Name: 'warden', ExitCode: 0 }));
    expect(task).toHaveProperty('StoppedAt', (await describeTask(stack, taskArn)).stoppedAt?.getTime());
  });

  it('start one task per token, even after a restart, and find tasks that stopped earlier', async () => {
    const first = await stack.ecs.startTask(input('states'), 'token');
    const second = await stack.ecs.startTask(input('states'), 'token');
    await stack.ecs.waitForTask(first.taskArn, forever());
    const { folder } = stack;
    await stack.close();
    stack = await startStack({ folder });
    await stack.ecs.recover();

    const third = await stack.ecs.startTask(input('states'), 'token');
    const task = await stack.ecs.waitForTask(third.taskArn, forever());

    expect([second.taskArn, third.taskArn]).toEqual([first.taskArn, first.taskArn]);
    expect(task).toMatchObject({ TaskArn: first.taskArn, StopCode: 'EssentialContainerExited' });
  });

  it('stop a task, and stop waiting when the signal aborts', async () => {
    const { taskArn } = await stack.ecs.startTask(input('idle'), 'token');
    const abort = new AbortController();
    const waiting = stack.ecs.waitForTask(taskArn, abort.signal);
    abort.abort(new Error('state timed out'));

    await expect(waiting).rejects.toThrow('state timed out');
    await stack.ecs.stopTask(taskArn, 'Stopped by Step Functions');
    const task = await stack.ecs.waitForTask(taskArn, forever());

    expect(task).toMatchObject({ StopCode: 'UserInitiated', StoppedReason: 'Stopped by Step Functions' });
  });

  it('return which containers are essential', async () => {
    expect(await stack.ecs.essentialContainers('states:1')).toEqual(['warden', 'idle']);
    await expect(stack.ecs.essentialContainers('other:1')).rejects.toMatchObject({ name: 'ClientException' });
  });

  it('fail with the name of the ECS exception', async () => {
    const { LaunchType: _, ...incomplete } = input('idle');

    await expect(stack.ecs.startTask(incomplete, 'a')).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    await expect(stack.ecs.startTask({ cluster: 'x' }, 'b')).rejects.toThrow('capital letter');
    await expect(stack.ecs.startTask(input('other'), 'c')).rejects.toMatchObject({ name: 'ClientException' });
    await expect(stack.ecs.waitForTask('f'.repeat(32), forever())).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    await stack.ecs.close();
    await expect(stack.ecs.startTask(input('idle'), 'd')).rejects.toMatchObject({ name: 'ServerException' });
  });
});
