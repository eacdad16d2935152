import * as z from 'zod';
import type { StackCall } from '../../infra/local/calls.ts';
import { ACCOUNT, CLUSTER, EXECUTION_ROLE, REGION } from '../../infra/local/names.ts';
import { dynamodbDemands } from './dynamodb-demands.ts';
import type { Demand, Mapping, Need } from './need.ts';
import { s3Demands } from './s3-demands.ts';

const resourceOnly = (action: string, resource: string): Demand => ({ action, resource, context: {} });
const text = <K extends string>(name: K, input: StackCall['input']): string =>
  z.object({ [name]: z.string().min(1) }).parse(input)[name] ?? '';

/**
 * To ECS, which takes the one role that the product's tasks have, or to Step Functions (IAM, "Grant permissions to pass
 * a role").
 */
const passRole = (role: string, service = 'ecs-tasks'): Demand => ({
  action: 'iam:PassRole',
  resource: role,
  context: { 'iam:PassedToService': [`${service}.amazonaws.com`] },
});

const registration = z.looseObject({
  executionRoleArn: z.string().optional(),
  taskRoleArn: z.string().optional(),
  tags: z.never().optional(),
});

/** Tags would need `ecs:TagResource`, roles of overrides further roles: neither is part of the product. */
const runTask = z.looseObject({
  Cluster: z.string(),
  TaskDefinition: z.string(),
  Tags: z.never().optional(),
  PropagateTags: z.never().optional(),
  Overrides: z.looseObject({
    ExecutionRoleArn: z.never().optional(),
    TaskRoleArn: z.never().optional(),
  }),
});

/** Sources: Service Authorization Reference, by service; Step Functions, "IAM policies for Amazon ECS/Fargate". */
const mappings: Readonly<Record<string, Readonly<Record<string, Mapping>>>> = {
  dynamodb: dynamodbDemands,
  s3: s3Demands,
  ecs: {
    RegisterTaskDefinition({ input }) {
      const { executionRoleArn, taskRoleArn } = registration.parse(input);
      const roles = [executionRoleArn, taskRoleArn].filter((role) => role !== undefined);
      return [resourceOnly('ecs:RegisterTaskDefinition', '*'), ...roles.map((role) => passRole(role))];
    },
    // The role is not in the request but in the definition, which the product always gives that role.
    RunTask({ input }) {
      const { Cluster, TaskDefinition } = runTask.parse(input);
      const context = { 'ecs:cluster': [Cluster] };
      return [{ action: 'ecs:RunTask', resource: TaskDefinition, context }, passRole(EXECUTION_ROLE)];
    },
    StopTask: ({ input }) => [onTask('StopTask', text('task', input))],
    DescribeTasks: ({ input }) =>
      z
        .object({ tasks: z.array(z.string()).min(1) })
        .parse(input)
        .tasks.map((task) => onTask('DescribeTasks', task)),
  },
  lambda: {
    InvokeFunction: ({ input }) => [resourceOnly('lambda:InvokeFunction', text('FunctionName', input))],
  },
  states: {
    CreateStateMachine: ({ input }) => [
      resourceOnly('states:CreateStateMachine', machineArn(text('name', input))),
      passRole(text('roleArn', input), 'states'),
    ],
    DescribeStateMachine: ({ input }) => [
      resourceOnly('states:DescribeStateMachine', text('stateMachineArn', input)),
    ],
    StartExecution: ({ input }) => [resourceOnly('states:StartExecution', text('stateMachineArn', input))],
    StopExecution: ({ input }) => [resourceOnly('states:StopExecution', text('executionArn', input))],
    DescribeExecution: ({ input }) => [resourceOnly('states:DescribeExecution', text('executionArn', input))],
  },
  sqs: {
    SendMessage: ({ input }) => [resourceOnly('sqs:SendMessage', queueArn(input))],
    ReceiveMessage: ({ input }) => [resourceOnly('sqs:ReceiveMessage', queueArn(input))],
    DeleteMessage: ({ input }) => [resourceOnly('sqs:DeleteMessage', queueArn(input))],
  },
  ses: {
    // The identity may have a configuration set, which SES then authorizes as well.
    SendEmail({ input }) {
      const from = text('FromEmailAddress', input);
      const context = { 'ses:FromAddress': [from] };
      return [`identity/${from}`, 'configuration-set/default'].map((name) => ({
        action: 'ses:SendEmail',
        resource: `arn:aws:ses:${REGION}:${ACCOUNT}:${name}`,
        context,
      }));
    },
  },
};

const onTask = (action: string, task: string): Demand => ({
  action: `ecs:${action}`,
  resource: task,
  context: { 'ecs:cluster': [CLUSTER] },
});

const machineArn = (name: string) => `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${name}`;

function queueArn(input: StackCall['input']): string {
  const [account, name] = new URL(text('QueueUrl', input)).pathname.split('/').slice(-2);
  return `arn:aws:sqs:${REGION}:${account}:${name}`;
}

/**
 * A request that the service would not even read needs no permission, and uses none: one that is
 * malformed, or signed for something else. Every other error comes after IAM's decision. S3 returns its status only.
 */
const UNREAD = new Set([
  ...['ValidationException', 'SerializationException', 'UnknownOperationException', 'BadRequestException'],
  ...['RequestEntityTooLarge', 'InvalidParameterException', 'InvalidArn', 'InvalidName', 'MissingParameter'],
  ...['400', '403', '405', '411', '413', '501'],
]);

/**
 * Returns what IAM checks in the role, or in the operator's policy, of a call's caller.
 *
 * @throws Error for an operation that is not in the tables here, and for a request with an unexpected form
 */
export function needsOf(call: StackCall): Need[] {
  const { caller, service, operation } = call;
  const mapping = mappings[service]?.[operation];
  if (!mapping) throw new Error(`the needs of ${service}:${operation}, called by ${caller}, are not defined`);
  if (call.error !== undefined && UNREAD.has(call.error)) return [];
  return mapping(call).map((demand) => ({ caller, ...demand }));
}
