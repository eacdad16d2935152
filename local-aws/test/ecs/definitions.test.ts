import {
  type ContainerDefinition,
  DeleteTaskDefinitionsCommand,
  DeregisterTaskDefinitionCommand,
  DescribeClustersCommand,
  DescribeTaskDefinitionCommand,
  ListTaskDefinitionsCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCOUNT_ID, definition, discard, REGION, shell, startStack, type TestStack } from './stack.ts';

let stack: TestStack;

beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => discard(stack));

const register = (input: RegisterTaskDefinitionCommandInput) =>
  stack.client.send(new RegisterTaskDefinitionCommand(input));
const arn = (name: string) => `arn:aws:ecs:${REGION}:${ACCOUNT_ID}:task-definition/${name}`;

describe('task definitions', () => {
  it('are numbered within their family, and never reuse a number', async () => {
    const first = await register(definition([shell('main', 'exit 0')], 'numbered'));
    await register(definition([shell('main', 'exit 1')], 'numbered'));
    await stack.client.send(new DeregisterTaskDefinitionCommand({ taskDefinition: 'numbered:2' }));
    const third = await register(definition([shell('main', 'exit 2')], 'numbered'));

    expect(first.taskDefinition?.taskDefinitionArn).toBe(arn('numbered:1'));
    expect(third.taskDefinition).toMatchObject({ revision: 3, status: 'ACTIVE' });
    expect(third.taskDefinition?.registeredAt).toBeInstanceOf(Date);
  });

  it('are described by family, by revision and by ARN', async () => {
    await register(definition([shell('main', 'exit 0')], 'described'));
    await register(definition([shell('main', 'exit 1')], 'described'));
    await stack.client.send(new DeregisterTaskDefinitionCommand({ taskDefinition: arn('described:2') }));

    const described = await Promise.all(
      ['described', 'described:2', arn('described:1')].map((taskDefinition) =>
        stack.client.send(new DescribeTaskDefinitionCommand({ taskDefinition })),
      ),
    );

    expect(described.map((response) => response.taskDefinition?.revision)).toEqual([1, 2, 1]);
    expect(described[1]?.taskDefinition?.status).toBe('INACTIVE');
    expect(described[0]?.taskDefinition?.containerDefinitions?.[0]).toMatchObject({
      name: 'main',
      command: ['exit 0'],
      essential: true,
      cpu: 0,
    });
    await expect(
      stack.client.send(new DescribeTaskDefinitionCommand({ taskDefinition: 'described:9' })),
    ).rejects.toMatchObject({ name: 'ClientException' });
  });

  it('are listed in order, page by page', async () => {
    for (const family of ['listed-b', 'listed-a', 'listed-b'])
      await register(definition([shell('main', '')], family));

    const first = await stack.client.send(
      new ListTaskDefinitionsCommand({ familyPrefix: 'listed-b', maxResults: 1 }),
    );
    const second = await stack.client.send(
      new ListTaskDefinitionsCommand({ familyPrefix: 'listed-b', maxResults: 1, nextToken: first.nextToken }),
    );
    const all = await stack.client.send(new ListTaskDefinitionsCommand({ sort: 'DESC' }));

    expect(first.taskDefinitionArns).toEqual([arn('listed-b:1')]);
    expect(second.taskDefinitionArns).toEqual([arn('listed-b:2')]);
    expect(second.nextToken).toBeUndefined();
    expect(all.taskDefinitionArns?.filter((each) => each.includes('/listed'))).toEqual(
      ['listed-b:2', 'listed-b:1', 'listed-a:1'].map(arn),
    );
  });

  it('are deleted once they are deregistered, and their numbers are not reused', async () => {
    for (const command of ['exit 0', 'exit 1'])
      await register(definition([shell('main', command)], 'deleted'));
    await stack.client.send(new DeregisterTaskDefinitionCommand({ taskDefinition: 'deleted:2' }));

    const { taskDefinitions, failures } = await stack.client.send(
      new DeleteTaskDefinitionsCommand({ taskDefinitions: ['deleted:1', 'deleted:2', 'deleted:7'] }),
    );

    expect(taskDefinitions).toMatchObject([{ revision: 2, status: 'DELETE_IN_PROGRESS' }]);
    expect(failures?.map(({ arn: rejected }) => rejected)).toEqual(['deleted:1', 'deleted:7']);
    const inactive = await stack.client.send(new ListTaskDefinitionsCommand({ status: 'INACTIVE' }));
    expect(inactive.taskDefinitionArns).not.toContain(arn('deleted:2'));
    const next = await register(definition([shell('main', '')], 'deleted'));
    expect(next.taskDefinition?.revision).toBe(3);
  });

  it('survive a restart of the stack', async () => {
    await register(definition([shell('main', 'exit 0')], 'durable'));
    const { folder } = stack;
    await stack.close();
    stack = await startStack({ folder });

    const response = await stack.client.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: 'durable' }),
    );

    expect(response.taskDefinition?.revision).toBe(1);
  });
});

describe('RegisterTaskDefinition', () => {
  const main = (more: Partial<ContainerDefinition>) => definition([shell('main', 'exit 0', more)]);
  const two = (essential: boolean, condition: 'START' | 'COMPLETE' | 'SUCCESS' | 'HEALTHY') =>
    definition([
      shell('stage', '', { essential }),
      shell('step', '', { dependsOn: [{ containerName: 'stage', condition }] }),
    ]);
  const many = (count: number) =>
    definition(Array.from({ length: count }, (_, index) => shell(`c${index}`, '')));

  it.each<[string, RegisterTaskDefinitionCommandInput, RegExp]>([
    [
      'a definition above 64 KiB',
      main({ command: ['x'.repeat(64 * 1024)] }),
      /Max allowed length is '65536' bytes/,
    ],
    ['eleven containers', many(11), /at most 10 containers/],
    ['two containers with the same name', definition([shell('a', ''), shell('a', '')]), /unique/],
    ['no essential container', main({ essential: false }), /essential/],
    [
      'a size that Fargate does not have',
      { ...main({}), cpu: '1024', memory: '512' },
      /No Fargate configuration/,
    ],
    [
      'a size between the available ones',
      { ...main({}), cpu: '8192', memory: '17408' },
      /No Fargate configuration/,
    ],
    ['no size', { ...main({}), cpu: undefined }, /'cpu' be defined at the task level/],
    ['another network mode', { ...main({}), networkMode: 'bridge' }, /awsvpc/],
    ['another launch type', { ...main({}), requiresCompatibilities: ['EC2'] }, /FARGATE/],
    ['COMPLETE of an essential container', two(true, 'COMPLETE'), /cannot be an essential container/],
    ['SUCCESS of an essential container', two(true, 'SUCCESS'), /cannot be an essential container/],
    ['HEALTHY, which needs health checks', two(false, 'HEALTHY'), /condition/],
    [
      'a dependency on an unknown container',
      main({ dependsOn: [{ containerName: 'x', condition: 'START' }] }),
      /unknown container/,
    ],
    ['a dependency on itself', main({ dependsOn: [{ containerName: 'main', condition: 'START' }] }), /cycle/],
    ['a stop timeout above 120 s', main({ stopTimeout: 121 }), /stopTimeout/],
    [
      'a mount of an unknown volume',
      main({ mountPoints: [{ sourceVolume: 'x', containerPath: '/x' }] }),
      /Unknown volume/,
    ],
    [
      'a relative mount path',
      main({ mountPoints: [{ sourceVolume: 'work', containerPath: 'x' }] }),
      /absolute/,
    ],
    ['more memory than the task has', main({ memory: 1024 }), /greater than for the task/],
    ['more cpu than the task has', main({ cpu: 512 }), /cpu/],
    [
      'a log driver without an execution role',
      main({ logConfiguration: { logDriver: 'awslogs' } }),
      /execution role/,
    ],
    [
      'a task role, which is not implemented',
      { ...main({}), taskRoleArn: 'arn:aws:iam::1:role/x' },
      /taskRoleArn/,
    ],
    ['secrets, which are not implemented', main({ secrets: [{ name: 'A', valueFrom: 'x' }] }), /secrets/],
    [
      'a volume of EFS',
      { ...main({}), volumes: [{ name: 'work', efsVolumeConfiguration: { fileSystemId: 'fs-1' } }] },
      /efs/,
    ],
    ['a name that is a path', definition([shell('../x', '')]), /name/],
  ])('rejects %s', async (_, input, message) => {
    await expect(register(input)).rejects.toMatchObject({
      name: 'ClientException',
      message: expect.stringMatching(message),
    });
  });

  it('accepts what Fargate accepts', async () => {
    const input = {
      ...definition([
        shell('stage', 'exit 0', { essential: false, readonlyRootFilesystem: true }),
        shell('step', 'exit 0', {
          dependsOn: [{ containerName: 'stage', condition: 'COMPLETE' }],
          stopTimeout: 120,
          linuxParameters: { initProcessEnabled: true, capabilities: { drop: ['NET_RAW'] } },
          logConfiguration: { logDriver: 'awslogs', options: { mode: 'non-blocking' } },
        }),
      ]),
      cpu: '.5 vCPU',
      memory: '1 GB',
      executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
      runtimePlatform: { cpuArchitecture: 'ARM64' as const, operatingSystemFamily: 'LINUX' as const },
      ephemeralStorage: { sizeInGiB: 21 },
    };

    const { taskDefinition } = await register(input);

    expect(taskDefinition).toMatchObject({ cpu: '512', memory: '1024', ephemeralStorage: { sizeInGiB: 21 } });
  });
});

describe('DescribeClusters', () => {
  it('describes clusters that exist and reports the others as missing', async () => {
    const response = await stack.client.send(new DescribeClustersCommand({ clusters: ['app', 'other'] }));

    expect(response.clusters).toMatchObject([{ clusterName: 'app', status: 'ACTIVE', runningTasksCount: 0 }]);
    expect(response.failures).toEqual([
      { arn: `arn:aws:ecs:${REGION}:${ACCOUNT_ID}:cluster/other`, reason: 'MISSING' },
    ]);
  });
});
