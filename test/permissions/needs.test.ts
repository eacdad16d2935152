import { describe, expect, it } from 'vitest';
import type { StackCall } from '../../infra/local/calls.ts';
import { CLUSTER, EXECUTION_ROLE, functionArn, MACHINE_ROLE } from '../../infra/local/names.ts';
import { needsOf } from './needs.ts';

/** IAM's checks for a call, as lines. */
function asked(operation: string, input: StackCall['input'], more: Partial<StackCall> = {}): string[] {
  const [service = '', name = ''] = operation.split(':');
  const call: StackCall = { caller: 'api', service, operation: name, input, error: undefined, ...more };
  return needsOf(call).map(({ caller, action, resource, context }) =>
    [caller, action, resource, ...Object.entries(context).map(([key, values]) => `${key}=${values}`)].join(
      ' ',
    ),
  );
}

const TableName = 't';
const table = 'arn:aws:dynamodb:us-east-1:000000000000:table/t';
const item = (pk: string) => ({ pk: { S: pk }, sk: { S: 'META' } });

describe('a call of DynamoDB', () => {
  it('of one item needs its own action on the table, for the partition', () => {
    for (const action of ['GetItem', 'UpdateItem', 'DeleteItem']) {
      expect(asked(`dynamodb:${action}`, { TableName, Key: item('A') })).toEqual([
        `api dynamodb:${action} ${table} dynamodb:LeadingKeys=A`,
      ]);
    }
    expect(asked('dynamodb:PutItem', { TableName, Item: { ...item('A'), v: { N: '1' } } })).toEqual([
      `api dynamodb:PutItem ${table} dynamodb:LeadingKeys=A`,
    ]);
  });

  it('of many items needs one action for all partitions', () => {
    const RequestItems = { t: { Keys: [item('A'), item('B'), item('A')] } };
    expect(asked('dynamodb:BatchGetItem', { RequestItems })).toEqual([
      `api dynamodb:BatchGetItem ${table} dynamodb:LeadingKeys=A,B`,
    ]);
  });

  it('in a transaction needs the action of each part', () => {
    const TransactItems = [
      { Put: { TableName, Item: item('A') } },
      { Update: { TableName, Key: item('B') } },
      { Delete: { TableName, Key: item('C') } },
      { ConditionCheck: { TableName, Key: item('D') } },
    ];
    expect(asked('dynamodb:TransactWriteItems', { TransactItems })).toEqual([
      `api dynamodb:PutItem ${table} dynamodb:LeadingKeys=A`,
      `api dynamodb:UpdateItem ${table} dynamodb:LeadingKeys=B`,
      `api dynamodb:DeleteItem ${table} dynamodb:LeadingKeys=C`,
      `api dynamodb:ConditionCheckItem ${table} dynamodb:LeadingKeys=D`,
    ]);
  });

  it('that asks for a range needs the table or the index, for the partition of the key condition', () => {
    const query = {
      TableName,
      KeyConditionExpression: '#pk = :pk AND begins_with(#sk, :prefix)',
      ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk', '#n': 'n' },
      ExpressionAttributeValues: { ':pk': { S: 'A' }, ':prefix': { S: 'X' }, ':n': { N: '1' } },
    };
    expect(asked('dynamodb:Query', query)).toEqual([`api dynamodb:Query ${table} dynamodb:LeadingKeys=A`]);
    const due = {
      TableName,
      IndexName: 'due',
      KeyConditionExpression: '#dueShard = :shard AND #dueAt <= :until',
      ExpressionAttributeNames: { '#dueShard': 'dueShard', '#dueAt': 'dueAt' },
      ExpressionAttributeValues: { ':shard': { S: 'DUE#1' }, ':until': { S: '2026' } },
    };
    expect(asked('dynamodb:Query', due)).toEqual([
      `api dynamodb:Query ${table}/index/due dynamodb:LeadingKeys=DUE#1`,
    ]);
    const blind = { ...query, KeyConditionExpression: 'begins_with(#sk, :prefix)' };
    expect(() => asked('dynamodb:Query', blind)).toThrow('no partition key');
  });
});

describe('a call of S3', () => {
  const object = { Bucket: 'b', Key: 'w/1' };
  it('for an object needs to read, write or delete it', () => {
    expect(asked('s3:GetObject', object)).toEqual(['api s3:GetObject arn:aws:s3:::b/w/1']);
    expect(asked('s3:HeadObject', object)).toEqual(['api s3:GetObject arn:aws:s3:::b/w/1']);
    expect(asked('s3:DeleteObject', object)).toEqual(['api s3:DeleteObject arn:aws:s3:::b/w/1']);
    for (const write of ['PutObject', 'CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload']) {
      expect(asked(`s3:${write}`, object)).toEqual(['api s3:PutObject arn:aws:s3:::b/w/1']);
    }
    expect(asked('s3:AbortMultipartUpload', object)).toEqual([
      'api s3:AbortMultipartUpload arn:aws:s3:::b/w/1',
    ]);
  });

  it('that finds no object needs to list the bucket, or S3 would respond with 403', () => {
    for (const operation of ['GetObject', 'HeadObject']) {
      expect(asked(`s3:${operation}`, object, { error: '404' })).toEqual([
        'api s3:GetObject arn:aws:s3:::b/w/1',
        'api s3:ListBucket arn:aws:s3:::b',
      ]);
      expect(asked(`s3:${operation}`, object, { error: '404', byLink: true })).toEqual([
        'api s3:GetObject arn:aws:s3:::b/w/1',
      ]);
    }
  });

  it('that copies an object needs to read it and to write the other one', () => {
    const copy = { ...object, CopySource: 'c/r/%C3%A4' };
    const demands = ['api s3:GetObject arn:aws:s3:::c/r/ä', 'api s3:PutObject arn:aws:s3:::b/w/1'];
    expect(asked('s3:CopyObject', copy)).toEqual(demands);
    expect(asked('s3:CopyObject', copy, { error: '404' })).toContain('api s3:ListBucket arn:aws:s3:::c');
  });

  it('for several objects needs to delete each', () => {
    expect(asked('s3:DeleteObjects', { Bucket: 'b', Key: '', Keys: ['x', 'y'] })).toEqual([
      'api s3:DeleteObject arn:aws:s3:::b/x',
      'api s3:DeleteObject arn:aws:s3:::b/y',
    ]);
    expect(asked('s3:ListObjectsV2', { Bucket: 'b', Key: '' })).toEqual(['api s3:ListBucket arn:aws:s3:::b']);
  });
});

describe('a call of another service', () => {
  it('that names a role needs to pass it on', () => {
    expect(asked('ecs:RegisterTaskDefinition', { family: 'f', executionRoleArn: EXECUTION_ROLE })).toEqual([
      'api ecs:RegisterTaskDefinition *',
      `api iam:PassRole ${EXECUTION_ROLE} iam:PassedToService=ecs-tasks.amazonaws.com`,
    ]);
    const task = { Cluster: CLUSTER, TaskDefinition: 'arn:d', Overrides: { Cpu: '1' } };
    expect(asked('ecs:RunTask', task, { caller: 'machine' })).toEqual([
      `machine ecs:RunTask arn:d ecs:cluster=${CLUSTER}`,
      `machine iam:PassRole ${EXECUTION_ROLE} iam:PassedToService=ecs-tasks.amazonaws.com`,
    ]);
  });

  it('that would need unsupported permissions is an error', () => {
    const task = { Cluster: CLUSTER, TaskDefinition: 'arn:d', Overrides: {} };
    expect(() => asked('ecs:RunTask', { ...task, PropagateTags: 'TASK_DEFINITION' })).toThrow();
    expect(() => asked('ecs:RunTask', { ...task, Overrides: { TaskRoleArn: 'arn:r' } })).toThrow();
    expect(() => asked('ecs:RegisterTaskDefinition', { family: 'f', tags: [] })).toThrow();
  });

  it('needs its action on its resource', () => {
    const queue = { QueueUrl: 'http://127.0.0.1:1/000000000000/q' };
    for (const action of ['SendMessage', 'ReceiveMessage', 'DeleteMessage']) {
      expect(asked(`sqs:${action}`, queue)).toEqual([
        `api sqs:${action} arn:aws:sqs:us-east-1:000000000000:q`,
      ]);
    }
    expect(asked('states:StartExecution', { stateMachineArn: 'arn:m', name: 'n' })).toEqual([
      'api states:StartExecution arn:m',
    ]);
    for (const action of ['StopExecution', 'DescribeExecution']) {
      expect(asked(`states:${action}`, { executionArn: 'arn:e' })).toEqual([`api states:${action} arn:e`]);
    }
    const next = functionArn('next-step');
    expect(asked('lambda:InvokeFunction', { FunctionName: next })).toEqual([
      `api lambda:InvokeFunction ${next}`,
    ]);
    expect(asked('ecs:StopTask', { task: 'arn:t' })).toEqual([
      `api ecs:StopTask arn:t ecs:cluster=${CLUSTER}`,
    ]);
    expect(asked('ecs:DescribeTasks', { tasks: ['arn:t'] })).toEqual([
      `api ecs:DescribeTasks arn:t ecs:cluster=${CLUSTER}`,
    ]);
    expect(asked('ses:SendEmail', { FromEmailAddress: 'a@b.c' })).toEqual([
      'api ses:SendEmail arn:aws:ses:us-east-1:000000000000:identity/a@b.c ses:FromAddress=a@b.c',
      'api ses:SendEmail arn:aws:ses:us-east-1:000000000000:configuration-set/default ses:FromAddress=a@b.c',
    ]);
  });
});

describe('a call', () => {
  it('that is unknown is an error, also if it was denied', () => {
    expect(() => asked('dynamodb:Scan', { TableName })).toThrow('dynamodb:Scan');
    expect(() => asked('kms:Decrypt', {}, { error: 'ValidationException' })).toThrow('kms:Decrypt');
  });

  it('that creates a state machine needs to pass its role to Step Functions', () => {
    const input = { name: 'flowserv-local-0', roleArn: MACHINE_ROLE, definition: '{}' };
    expect(asked('states:CreateStateMachine', input, { caller: 'operator' })).toEqual([
      'operator states:CreateStateMachine arn:aws:states:us-east-1:000000000000:stateMachine:flowserv-local-0',
      `operator iam:PassRole ${MACHINE_ROLE} iam:PassedToService=states.amazonaws.com`,
    ]);
  });

  it('that failed also needs its permission, unless the service did not even read the request', () => {
    const rejected = (error: string) => asked('dynamodb:GetItem', { TableName, Key: item('A') }, { error });
    for (const code of ['ConditionalCheckFailedException', 'TransactionConflictException', 'Throttling']) {
      expect(rejected(code)).toHaveLength(1);
    }
    expect(rejected('ValidationException')).toEqual([]);
    const link = (error: string) => asked('s3:PutObject', { Bucket: 'b', Key: 'k' }, { error });
    expect(link('412')).toHaveLength(1);
    for (const status of ['400', '403']) expect(link(status)).toEqual([]);
  });
});
