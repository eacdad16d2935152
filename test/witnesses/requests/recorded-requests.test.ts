import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import * as z from 'zod';
import { pythonTool } from '../python-tool.ts';
import { REQUESTS_DIR, readRequests } from './requests.ts';

const response = z.object({ counts: z.record(z.string(), z.number()), faults: z.array(z.string()) });

/** Compares requests with botocore's models of the services. */
async function judge(requests: string): Promise<z.output<typeof response>> {
  const program = fileURLToPath(new URL('judge.py', import.meta.url));
  const python = await pythonTool('python');
  const child = spawn(python, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(requests);
  return response.parse(JSON.parse(await text(child.stdout)));
}

it('every request of the tests on witnesses matches the AWS model of its operation', async () => {
  const { counts, faults } = await judge(readRequests(process.env[REQUESTS_DIR]));
  expect(faults).toEqual([]);
  expect(Object.keys(counts).sort()).toEqual(
    expect.arrayContaining([
      'dynamodb:Query',
      'dynamodb:TransactWriteItems',
      'ecs:RegisterTaskDefinition',
      'ecs:RunTask',
      'sqs:SendMessage',
      'states:CreateStateMachine',
      'states:StartExecution',
    ]),
  );
});

it('every kind of mistake in a request is found', async () => {
  const wrong = [
    { service: 'sqs', operation: 'SendMessage', input: { QueueUrl: 'q', Body: 'text' } },
    { service: 'states', operation: 'StartExecution', input: { stateMachineArn: 'a', name: 'n'.repeat(81) } },
    { service: 'ecs', operation: 'RegisterTaskDefinition', input: { family: 1, networkMode: 'vpc' } },
    {
      service: 'ecs',
      operation: 'RunTask',
      byStateMachine: true,
      input: { TaskDefinition: 't', Count: '1', cluster: 'c' },
    },
    { service: 'dynamodb', operation: 'Query', input: { TableName: '' } },
  ];
  const lines = wrong.map((request) => JSON.stringify({ byStateMachine: false, ...request })).join('\n');
  expect((await judge(lines)).faults).toEqual([
    expect.stringContaining('dynamodb:Query.TableName: 0 is below 1'),
    'ecs:RegisterTaskDefinition.containerDefinitions is missing',
    'ecs:RegisterTaskDefinition.family: string expected, and not 1',
    expect.stringContaining('ecs:RegisterTaskDefinition.networkMode: vpc is none of'),
    'ecs:RunTask.Count: integer expected, and not "1"',
    'ecs:RunTask.cluster is unknown',
    'sqs:SendMessage.Body is unknown',
    'sqs:SendMessage.MessageBody is missing',
    'states:StartExecution.name: 81 is above 80',
  ]);
});
