import {
  CreateClusterCommand,
  DescribeClustersCommand,
  DescribeTasksCommand,
  PutClusterCapacityProvidersCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { definition, discard, NETWORK, shell, startStack, type TestStack } from './stack.ts';

let stack: TestStack;

beforeAll(async () => {
  stack = await startStack({ spotMs: () => 0 });
  await stack.client.send(new RegisterTaskDefinitionCommand(definition([shell('main', 'sleep 60')], 'idle')));
});
afterAll(() => discard(stack));

const runOn = (cluster: string, capacityProvider: string, weight?: number) =>
  stack.client.send(
    new RunTaskCommand({
      cluster,
      taskDefinition: 'idle',
      networkConfiguration: NETWORK,
      capacityProviderStrategy: [{ capacityProvider, ...(weight === undefined ? {} : { weight }) }],
    }),
  );

describe('the capacity providers of a cluster', () => {
  it('are none by default, and those of PutClusterCapacityProviders, which can be repeated', async () => {
    const put = new PutClusterCapacityProvidersCommand({
      cluster: 'both',
      capacityProviders: ['FARGATE', 'FARGATE_SPOT'],
      defaultCapacityProviderStrategy: [],
    });
    await expect(stack.client.send(put)).rejects.toMatchObject({ name: 'ClusterNotFoundException' });
    const create = new CreateClusterCommand({ clusterName: 'both' });
    expect((await stack.client.send(create)).cluster).toMatchObject({ capacityProviders: [] });
    await stack.client.send(put);
    await stack.client.send(put);
    // A repeated CreateCluster keeps them.
    await stack.client.send(create);
    const { clusters } = await stack.client.send(new DescribeClustersCommand({ clusters: ['both'] }));
    expect(clusters).toMatchObject([{ capacityProviders: ['FARGATE', 'FARGATE_SPOT'] }]);
  });

  it('must include those of a task, one of which needs a weight', async () => {
    await expect(runOn('app', 'FARGATE_SPOT', 1)).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringContaining('not associated with the cluster'),
    });
    for (const weight of [undefined, 0]) {
      await expect(runOn('both', 'FARGATE_SPOT', weight)).rejects.toThrow('weight value greater than zero');
    }
  });

  it('interrupt tasks on spare capacity, if the stack injects that fault', async () => {
    const { tasks } = await runOn('both', 'FARGATE_SPOT', 1);
    const taskArn = tasks?.[0]?.taskArn ?? '';
    await stack.ecs.waitForTask(taskArn, AbortSignal.timeout(20_000));
    const ended = await stack.client.send(new DescribeTasksCommand({ cluster: 'both', tasks: [taskArn] }));
    expect(ended.tasks?.[0]).toMatchObject({
      capacityProviderName: 'FARGATE_SPOT',
      stopCode: 'SpotInterruption',
      stoppedReason: 'Your Spot Task was interrupted.',
    });
  });
});
