import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHandler } from '../../../functions/teardown.ts';
import { readConfig } from '../../../shared/config.ts';
import { createServices } from '../../../shared/services/services.ts';
import {
  type Answers,
  denied,
  type FakeAccount,
  queryResponse,
  startAccount,
} from '../preflight/fake-account.ts';
import { rolePermissions } from '../role-permissions.ts';
import { templateOf } from '../synthesised.ts';

const STACK = 'arn:aws:cloudformation:eu-central-1:123456789012:stack/flowserv-dev/0a1b';
const NAME = `flowserv-dev-${'0123456789abcdef'.repeat(2)}`;
const arn = (service: string, resource: string) => `arn:aws:${service}:eu-central-1:123456789012:${resource}`;
const stateMachine = arn('states', `stateMachine:${NAME}`);
const definition = arn('ecs', `task-definition/${NAME}:1`);
const task = arn('ecs', 'task/flowserv-dev/0a1b');

/** An account with one of everything that runs create, and some resources of others. */
const account = (stackStatus: string): Answers => ({
  DescribeStacks: queryResponse(
    'DescribeStacks',
    `<Stacks><member><StackName>flowserv-dev</StackName><StackId>${STACK}</StackId><CreationTime>2026-11-01T00:00:00Z</CreationTime><StackStatus>${stackStatus}</StackStatus></member></Stacks>`,
  ),
  ListStateMachines: {
    body: {
      stateMachines: [
        { name: NAME, stateMachineArn: stateMachine, type: 'STANDARD', creationDate: 0 },
        {
          name: 'payroll',
          stateMachineArn: arn('states', 'stateMachine:payroll'),
          type: 'STANDARD',
          creationDate: 0,
        },
      ],
    },
  },
  ListExecutions: { body: { executions: [{ executionArn: arn('states', `execution:${NAME}:1`) }] } },
  StopExecution: { body: { stopDate: 0 } },
  DeleteStateMachine: { body: {} },
  ListTasks: { body: { taskArns: [task] } },
  DescribeTasks: {
    body: { tasks: [{ taskArn: task, taskDefinitionArn: definition, lastStatus: 'STOPPED' }] },
  },
  StopTask: { body: {} },
  ListTaskDefinitions: ({ status }) => ({
    body: {
      taskDefinitionArns: status === 'ACTIVE' ? [definition, arn('ecs', 'task-definition/payroll:3')] : [],
    },
  }),
  DeregisterTaskDefinition: { body: {} },
  DeleteTaskDefinitions: { body: {} },
  UpdateItem: { body: {} },
  DeleteItem: { body: {} },
});

/** Actions of the function's role. */
const allowed = rolePermissions(templateOf('dev')).Teardownrole?.map((line) => line.split(' ')[0] ?? '');

/** The permission for each call, by the prefix of its service. */
const actionOf = (call: string): string => {
  if (call === 'DescribeStacks') return `cloudformation:${call}`;
  if (/Item$/.test(call)) return `dynamodb:${call}`;
  return `${/Execution|StateMachine/.test(call) ? 'states' : 'ecs'}:${call}`;
};

describe('the custom resource that is deleted before its stack', () => {
  let aws: FakeAccount | undefined;
  let cloudFormation: Server;
  let received: { type: string | undefined; body: Record<string, unknown> }[];
  let rejections: number;

  beforeEach(async () => {
    received = [];
    rejections = 0;
    cloudFormation = createServer(async (incoming, response) => {
      const body = JSON.parse(await text(incoming));
      received.push({ type: incoming.headers['content-type'], body });
      response.writeHead(rejections-- > 0 ? 503 : 200).end();
    });
    await new Promise<void>((resolve) => cloudFormation.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    cloudFormation.close();
    cloudFormation.closeAllConnections();
    await aws?.close();
    aws = undefined;
  });

  /** The function's calls of AWS until its response. */
  async function calls(
    RequestType: string,
    responses: Answers,
    { remaining = 900_000, physicalId = 'flowserv-dev-made-by-runs' } = {},
  ): Promise<string[]> {
    aws = await startAccount(responses);
    const endpoint = aws.env.AWS_ENDPOINT_URL ?? '';
    const config = readConfig({
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'AKID',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_ENDPOINT_URL_DYNAMODB: endpoint,
      AWS_ENDPOINT_URL_SFN: endpoint,
      AWS_ENDPOINT_URL_ECS: endpoint,
      FLOWSERV_STAGE: 'dev',
      FLOWSERV_TABLE: 'flowserv-dev',
    });
    const { port } = cloudFormation.address() as AddressInfo;
    const event = {
      RequestType,
      ResponseURL: `http://127.0.0.1:${port}/answer?X-Amz-Signature=1`,
      StackId: STACK,
      RequestId: 'r1',
      ResourceType: 'Custom::FlowservMadeByRuns',
      LogicalResourceId: 'MadeByRuns',
      ...(RequestType === 'Create' ? {} : { PhysicalResourceId: physicalId }),
      ResourceProperties: { ServiceToken: 'arn' },
    };
    const handler = createHandler(createServices(config), endpoint);
    await handler(event, { getRemainingTimeInMillis: () => remaining });
    return [...aws.calls];
  }

  const success = {
    type: '',
    body: {
      Status: 'SUCCESS',
      PhysicalResourceId: 'flowserv-dev-made-by-runs',
      StackId: STACK,
      RequestId: 'r1',
      LogicalResourceId: 'MadeByRuns',
    },
  };

  it.each(['Create', 'Update'])('does nothing for %s', async (type) => {
    expect(await calls(type, account('UPDATE_IN_PROGRESS'))).toEqual([]);
    expect(received).toEqual([success]);
  });

  it.each([
    'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
    'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
    'ROLLBACK_IN_PROGRESS',
  ])('removes nothing if it is deleted while its stack is %s, as in a replacement', async (status) => {
    expect(await calls('Delete', account(status))).toEqual(['DescribeStacks']);
    expect(received).toEqual([success]);
  });

  it('removes what runs of its stack created, and nothing else, and uses all permissions of its role', async () => {
    const made = await calls('Delete', account('DELETE_IN_PROGRESS'));
    expect(received).toEqual([success]);
    const count = (call: string) => made.filter((each) => each === call).length;
    for (const once of ['StopExecution', 'DeleteStateMachine', 'StopTask', 'DeregisterTaskDefinition']) {
      expect([once, count(once)]).toEqual([once, 1]);
    }
    expect([...new Set(allowed)].filter((action) => !action.startsWith('logs:'))).toEqual(
      [...new Set(made.map(actionOf))].sort(),
    );
  });

  it('keeps its physical identifier', async () => {
    await calls('Delete', account('DELETE_IN_PROGRESS'), { physicalId: 'earlier' });
    expect(received[0]?.body).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'earlier' });
  });

  it('does not block the deletion of its stack when calls are denied', async () => {
    const responses = { ...account('DELETE_IN_PROGRESS'), ListStateMachines: denied('ListStateMachines') };
    await calls('Delete', responses);
    expect(received).toEqual([success]);
    await aws?.close();
    await calls('Delete', { DescribeStacks: denied('DescribeStacks') });
    expect(received).toEqual([success, success]);
  });

  it('does not block the deletion of its stack when its time is over', async () => {
    const running = { taskArn: task, taskDefinitionArn: definition, lastStatus: 'RUNNING' };
    const responses = { ...account('DELETE_IN_PROGRESS'), DescribeTasks: { body: { tasks: [running] } } };
    await calls('Delete', responses, { remaining: 31_500 });
    expect(received).toEqual([success]);
  });

  it('sends its response again if it was not accepted', async () => {
    rejections = 1;
    await calls('Create', {});
    expect(received).toEqual([success, success]);
  });
});
