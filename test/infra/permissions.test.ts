import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { keys } from '../../shared/store/keys.ts';
import { objectKeys } from '../../shared/volumes/keys.ts';
import {
  deny,
  executions,
  logs,
  onTable,
  partitions,
  passExecutionRole,
  stateMachines,
  table,
  without,
} from './permission-lines.ts';
import { rolePermissions } from './role-permissions.ts';
import { templateOf } from './synthesised.ts';

const accounts = partitions(
  ...['USER#*', 'USERS*', 'NAME#USER#*', 'TOKEN#*', 'TOKENUSE#*', 'RESET#*', 'CREDENTIAL#*', 'ATTEMPTS#*'],
);
/** What the crate of a run or a workflow is made of. */
const crateSources = ['RUN#*', 'GROUP#*', 'RESULTS#*', 'WORKFLOW#*', 'WORKFLOWS'];
const noAccounts = deny(table, 'USER*', 'USERS*', 'TOKEN#*', 'RESET#*', 'CREDENTIAL#*');
const consume = (queue: string) =>
  ['DeleteMessage', 'GetQueueAttributes', 'ReceiveMessage'].map((action) => `sqs:${action} ${queue}`);
const workObjects = ['s3:GetObject DataWorkBucket/r/*', 's3:PutObject DataWorkBucket/r/*'];
const inputsOfRuns = ['static', 'groups', 'runs'].map((part) => `s3:GetObject DataDataBucket/w/*/${part}/*`);

/** All permissions of all roles of a stage. */
const allowed: Record<string, string[]> = {
  Teardownrole: [
    ...logs('Teardownlog'),
    'cloudformation:DescribeStacks AWS::StackId',
    `dynamodb:UpdateItem DataTable${partitions('STAGE')}`,
    `dynamodb:DeleteItem DataTable${partitions('TASKDEFINITION#*')}`,
    'states:ListStateMachines *',
    `states:ListExecutions ${stateMachines}`,
    `states:DeleteStateMachine ${stateMachines}`,
    `states:StopExecution ${executions}`,
    'ecs:ListTasks * if {"ArnEquals":{"ecs:cluster":"ComputeCluster"}}',
    'ecs:DescribeTasks ecs:task/flowserv-test/*',
    'ecs:StopTask ecs:task/flowserv-test/*',
    'ecs:ListTaskDefinitions *',
    'ecs:DeregisterTaskDefinition *',
    'ecs:DeleteTaskDefinitions ecs:task-definition/flowserv-test-*:*',
  ],
  Functionsapirole: [
    ...logs('Functionsapilog'),
    ...table,
    ...deny(
      without('BatchGetItem', 'ConditionCheckItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query'),
      'USER*',
    ),
    ...deny(without('Query'), 'USERS*'),
    ...deny(table, 'RESET#*', 'CREDENTIAL#*'),
    ...deny(without('GetItem'), 'TOKEN#*'),
    'dynamodb:Query DataTable/index/due',
    's3:ListBucket DataDataBucket',
    's3:GetObject DataDataBucket/w/*',
    's3:PutObject DataDataBucket/w/*/groups/*',
    's3:DeleteObject DataDataBucket/w/*/groups/*',
    's3:AbortMultipartUpload DataDataBucket/w/*/groups/*',
    's3:ListMultipartUploadParts DataDataBucket/w/*/groups/*',
    'sqs:SendMessage Queuesarchive',
    'sqs:SendMessage Queuesleaderboard',
    'sqs:SendMessage Queuespurge',
  ],
  Functionsauthrole: [
    ...logs('Functionsauthlog'),
    ...onTable('ConditionCheckItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem').map(
      (line) => `${line}${accounts}`,
    ),
    ...onTable('BatchGetItem', 'ConditionCheckItem', 'GetItem', 'Query').map(
      (line) => `${line}${partitions('WORKFLOW#*')}`,
    ),
    `dynamodb:Query DataTable${partitions('WORKFLOWS')}`,
    `dynamodb:PutItem DataTable${partitions('AUDIT#*')}`,
    ...consume('Queuesmail'),
    'sqs:SendMessage Queuesmail',
    'sqs:SendMessage Queuespurge',
  ],
  Functionsrunsrole: [
    ...logs('Functionsrunslog'),
    ...table,
    ...deny(without('GetItem', 'Query'), 'USER*'),
    ...deny(without('GetItem'), 'TOKEN#*'),
    ...deny(table, 'USERS*', 'RESET#*', 'CREDENTIAL#*'),
    's3:ListBucket DataDataBucket',
    ...inputsOfRuns,
    's3:GetObject DataDataBucket/w/*/boards/*',
    's3:ListBucket DataWorkBucket',
    's3:GetObject DataWorkBucket/r/*',
    's3:PutObject DataDataBucket/w/*/groups/*',
    's3:PutObject DataDataBucket/w/*/runs/*',
    's3:DeleteObject DataDataBucket/w/*/groups/*',
    's3:DeleteObject DataDataBucket/w/*/runs/*',
    'sqs:SendMessage Queuesleaderboard',
    'sqs:SendMessage Queuesdispatch',
    'sqs:SendMessage Queuespurge',
    'sqs:SendMessage Queuesremote',
    `states:StopExecution ${executions}`,
  ],
  Functionsbrokerrole: [
    ...logs('Functionsbrokerlog'),
    ...noAccounts,
    `dynamodb:BatchGetItem DataTable${partitions('RUN#*', 'WORKFLOW#*')}`,
    `dynamodb:GetItem DataTable${partitions('RUN#*', 'WORKFLOW#*')}`,
    ...onTable('PutItem', 'UpdateItem').map((line) => `${line}${partitions('RUN#*')}`),
    's3:ListBucket DataWorkBucket',
    ...inputsOfRuns,
    's3:PutObject DataDataBucket/w/*/runs/*',
    ...workObjects,
  ],
  Functionsnextsteprole: [
    ...logs('Functionsnextsteplog'),
    ...noAccounts,
    ...onTable('BatchGetItem', 'ConditionCheckItem', 'DeleteItem', 'GetItem'),
    ...onTable('PutItem', 'Query', 'UpdateItem'),
    's3:GetObject DataDataBucket/w/*/static/*',
    's3:GetObject DataDataBucket/w/*/runs/*',
    's3:PutObject DataDataBucket/w/*/runs/*',
    's3:ListBucket DataDataBucket',
    's3:ListBucket DataWorkBucket',
    's3:GetObject DataWorkBucket/r/*',
    's3:PutObject DataWorkBucket/r/*',
    'ecs:RegisterTaskDefinition *',
    passExecutionRole,
  ],
  Functionssettlerunrole: [
    ...logs('Functionssettlerunlog'),
    ...noAccounts,
    ...onTable('GetItem', 'PutItem', 'Query', 'UpdateItem'),
    's3:GetObject DataDataBucket/w/*/static/*',
    's3:GetObject DataDataBucket/w/*/runs/*',
    's3:PutObject DataDataBucket/w/*/runs/*',
    's3:ListBucket DataWorkBucket',
    's3:GetObject DataWorkBucket/r/*',
    ...consume('Queuessettle'),
    'sqs:SendMessage Queuesleaderboard',
    'sqs:SendMessage Queuesdispatch',
    `states:StopExecution ${executions}`,
  ],
  Functionsdispatchrole: [
    ...logs('Functionsdispatchlog'),
    ...noAccounts,
    ...onTable('DeleteItem', 'GetItem', 'Query', 'UpdateItem'),
    ...consume('Queuesdispatch'),
    'sqs:SendMessage Queuesdispatch',
    'sqs:SendMessage Queuesremote',
    `states:StartExecution ${stateMachines}`,
  ],
  Functionssweeprole: [
    ...logs('Functionssweeplog'),
    ...deny(without('DeleteItem', 'Query', 'UpdateItem'), 'USER*'),
    ...deny(table, 'USERS*', 'TOKEN#*', 'RESET#*', 'CREDENTIAL#*'),
    ...table,
    'dynamodb:Query DataTable/index/due',
    's3:ListBucket DataDataBucket',
    's3:GetObject DataDataBucket/w/*/static/*',
    's3:GetObject DataDataBucket/w/*/runs/*',
    's3:PutObject DataDataBucket/w/*/runs/*',
    's3:DeleteObject DataDataBucket/w/*',
    's3:AbortMultipartUpload DataDataBucket/w/*/groups/*',
    's3:ListBucket DataWorkBucket',
    's3:GetObject DataWorkBucket/r/*',
    's3:DeleteObject DataWorkBucket/r/*',
    'sqs:SendMessage Queuesleaderboard',
    'sqs:SendMessage Queuesdispatch',
    ...consume('Queuespurge'),
    'sqs:SendMessage Queuespurge',
    'sqs:SendMessage Queuesremote',
    `states:StartExecution ${stateMachines}`,
    `states:StopExecution ${executions}`,
    `states:DescribeExecution ${executions}`,
  ],
  Functionsarchiverole: [
    ...logs('Functionsarchivelog'),
    ...noAccounts,
    ...onTable('BatchGetItem', 'GetItem').map((line) => `${line}${partitions(...crateSources)}`),
    's3:ListBucket DataDataBucket',
    's3:GetObject DataDataBucket/w/*/runs/*',
    's3:GetObject DataDataBucket/w/*/groups/*',
    's3:GetObject DataDataBucket/w/*/static/*',
    's3:GetObject DataDataBucket/w/*/crates/*',
    's3:GetObject DataDataBucket/w/*/kits/*',
    's3:PutObject DataDataBucket/w/*/runs/*',
    's3:PutObject DataDataBucket/w/*/crates/*',
    's3:PutObject DataDataBucket/w/*/kits/*',
    's3:DeleteObject DataDataBucket/w/*/runs/*',
    's3:DeleteObject DataDataBucket/w/*/crates/*',
    's3:DeleteObject DataDataBucket/w/*/kits/*',
    ...consume('Queuesarchive'),
  ],
  Functionsremoterunsrole: [
    ...logs('Functionsremoterunslog'),
    ...noAccounts,
    ...onTable('ConditionCheckItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'),
    ...inputsOfRuns,
    's3:PutObject DataDataBucket/w/*/runs/*',
    ...workObjects,
    ...consume('Queuesremote'),
    ...['leaderboard', 'dispatch'].map((queue) => `sqs:SendMessage Queues${queue}`),
  ],
  Functionstransferrole: [
    ...logs('Functionstransferlog'),
    ...noAccounts,
    ...onTable('GetItem', 'Query'),
    's3:ListBucket DataWorkBucket',
    ...inputsOfRuns,
    ...workObjects,
    's3:DeleteObject DataWorkBucket/r/*',
  ],
  Functionsleaderboardrole: [
    ...logs('Functionsleaderboardlog'),
    ...noAccounts,
    ...onTable('BatchGetItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'),
    's3:ListBucket DataDataBucket',
    's3:GetObject DataDataBucket/w/*/static/*',
    's3:GetObject DataDataBucket/w/*/groups/*',
    's3:GetObject DataDataBucket/w/*/runs/*',
    's3:PutObject DataDataBucket/w/*/boards/*',
    's3:PutObject DataDataBucket/w/*/runs/*',
    's3:DeleteObject DataDataBucket/w/*/boards/*',
    's3:DeleteObject DataDataBucket/w/*/runs/*',
    ...consume('Queuesleaderboard'),
    'sqs:SendMessage Queuesleaderboard',
    'sqs:SendMessage Queuesdispatch',
  ],
  MachineRole: [
    'lambda:InvokeFunction Functionsnextstep',
    'lambda:InvokeFunction Functionssettlerun',
    'lambda:InvokeFunction Functionstransfer',
    'ecs:RunTask ecs:task-definition/flowserv-test-*:* if {"ArnEquals":{"ecs:cluster":"ComputeCluster"}}',
    'ecs:StopTask ecs:task/ComputeCluster/*',
    'ecs:DescribeTasks ecs:task/ComputeCluster/*',
    passExecutionRole,
    'events:PutTargets events:rule/StepFunctionsGetEventsForECSTaskRule',
    'events:PutRule events:rule/StepFunctionsGetEventsForECSTaskRule',
    'events:DescribeRule events:rule/StepFunctionsGetEventsForECSTaskRule',
  ],
  ComputeExecutionRole: logs('ComputeStagingLog'),
  NetworkVpcAllIAMRole: [...logs('NetworkFlowLog'), 'logs:DescribeLogStreams NetworkFlowLog'],
};

/** Whether the conditions of a role's lines allow a partition, by IAM's `StringLike`. */
function reaches(lines: readonly string[], partition: string): boolean {
  const patterns = lines.flatMap((line) => {
    const condition: unknown = JSON.parse(/ if (\{.*\})$/.exec(line)?.[1] ?? '{}');
    return leadingKeys.safeParse(condition).data?.['ForAllValues:StringLike']['dynamodb:LeadingKeys'] ?? [];
  });
  return patterns.some((pattern) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(partition));
}

const leadingKeys = z.object({
  'ForAllValues:StringLike': z.object({ 'dynamodb:LeadingKeys': z.array(z.string()) }),
});

const sorted = (roles: Record<string, string[]>) =>
  Object.fromEntries(Object.entries(roles).map(([role, lines]) => [role, lines.toSorted()]));

describe('permissions', () => {
  it('of each role are exactly those that it needs, and no other role exists', () => {
    expect(rolePermissions(templateOf('test'))).toEqual(sorted(allowed));
  });

  it('cover the partitions and the objects that the product creates', () => {
    const run = keys.run('1');
    const { Functionsauthrole: auth = [], Functionsbrokerrole: broker = [] } = allowed;
    const account = [keys.user('1'), keys.userName('n'), keys.userEntry('n', '1'), keys.token('t')];
    for (const { pk } of [...account, keys.resetRequest('r'), keys.credential('1')])
      expect(reaches(auth, pk)).toBe(true);
    for (const { pk } of [run, keys.group('1')]) expect(reaches(auth, pk)).toBe(false);
    const authWrites = auth.filter((line) => !/:(BatchGetItem|ConditionCheckItem|GetItem|Query) /.test(line));
    expect(reaches(authWrites, keys.leaderboard('1').pk)).toBe(false);

    const read = [run, keys.step('1', 0), keys.document(run, 'plan'), keys.document(keys.workflow('1'), 'v')];
    for (const { pk } of read) expect(reaches(broker, pk)).toBe(true);
    for (const { pk } of [...account, keys.group('1')]) expect(reaches(broker, pk)).toBe(false);

    const { upload, staticFile, runFile, leaderboard, treeFile, stepFile } = objectKeys;
    expect(upload('w', 'g', 'f')).toMatch(/^w\/.*\/groups\/./);
    expect(staticFile('w', 'v', 'f')).toMatch(/^w\/.*\/static\/./);
    expect(runFile('w', 'r', 'f')).toMatch(/^w\/.*\/runs\/./);
    expect(leaderboard('w', 1)).toMatch(/^w\/.*\/boards\/./);
    for (const key of [treeFile('r', 'f'), stepFile('r', 0, 1, 'status')]) expect(key).toMatch(/^r\/./);
  });

  it('come neither from managed policies nor from policies in the definition of a role', () => {
    templateOf('test').allResourcesProperties('AWS::IAM::Role', {
      ManagedPolicyArns: Match.absent(),
      Policies: Match.absent(),
    });
  });
});
