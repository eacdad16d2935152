import * as z from 'zod';
import type { Deployed } from '../deployed.ts';
import { does, type Edge, executionRoleOf, instead, prefixOf, roleLike } from './edge.ts';

/**
 * What AWS's services do with our roles without a call of the product: Lambda for functions, Step Functions for state
 * machines, ECS for tasks, the network for its log. Also what sending mail needs besides its sender.
 */
export function roleEdges(deployed: Deployed): Edge[] {
  return [
    ...functionEdges(deployed),
    ...queueEdges(deployed),
    ...stateMachineEdges(deployed),
    ...taskLogEdges(deployed),
    ...flowLogEdges(deployed),
    ...mailEdges(deployed),
    ...engineEdges(deployed),
  ];
}

const WRITE_LOGS = ['logs:CreateLogStream', 'logs:PutLogEvents'];

/** Streams of a log group: its ARN ends with `:*`. */
const streamOf = (logGroup: string, name: string) => logGroup.replace(/\*$/, `log-stream:${name}`);

const lambda = z.object({
  Role: z.string(),
  FunctionName: z.string(),
  LoggingConfig: z.object({ LogGroup: z.string() }),
});

/** Calls of functions to their logs, with their roles (Lambda, "Sending Lambda function logs to CloudWatch Logs"). */
function functionEdges({ ofType }: Deployed): Edge[] {
  const groups = ofType('AWS::Logs::LogGroup');
  const functions = ofType('AWS::Lambda::Function').map(({ properties }) => lambda.parse(properties));
  return functions.flatMap(({ Role, FunctionName, LoggingConfig }) => {
    const own =
      groups.find(({ properties }) => properties.LogGroupName === LoggingConfig.LogGroup)?.arn ?? '';
    return WRITE_LOGS.flatMap((action) => {
      const edge = does(`log of ${FunctionName}`, Role, action, streamOf(own, '2026/01/01/[$LATEST]0a1b'));
      const other = groups.find(({ arn }) => arn !== own)?.arn ?? '';
      return [edge, instead(edge, 'elsewhere', { resource: streamOf(other, 'a') })];
    });
  });
}

/**
 * SQS, "Configuring an Amazon SQS queue to trigger an AWS Lambda function", "Prerequisites": with the function's role.
 */
function queueEdges({ ofType }: Deployed): Edge[] {
  const source = z.object({ FunctionName: z.string(), EventSourceArn: z.string() });
  const functions = ofType('AWS::Lambda::Function').map(({ properties }) => lambda.parse(properties));
  return ofType('AWS::Lambda::EventSourceMapping').flatMap(({ properties }) => {
    const { FunctionName, EventSourceArn } = source.parse(properties);
    const role = functions.find((each) => each.FunctionName === FunctionName)?.Role ?? '';
    const edges = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'].map((action) =>
      does(`${FunctionName} reads from its queue`, role, action, EventSourceArn),
    );
    const insecure = edges.map(
      (edge): Edge => ({
        ...edge,
        name: `${edge.name}, without TLS`,
        context: { 'aws:SecureTransport': ['false'] },
        decision: 'denied',
      }),
    );
    return [...edges, ...insecure];
  });
}

const PASSED_TO_TASKS = { 'iam:PassedToService': ['ecs-tasks.amazonaws.com'] };

/**
 * Step Functions, "IAM policies for calling Amazon ECS": to start tasks and to wait for them, by a rule that Step
 * Functions keeps for itself. RunTask without tags needs no `ecs:TagResource` (ECS, "Grant permission to tag resources
 * on creation").
 */
function stateMachineEdges(deployed: Deployed): Edge[] {
  const { ofType, region, account } = deployed;
  const stateMachine = roleLike(deployed, /^MachineRole/);
  const executionRole = executionRoleOf(deployed);
  const [cluster] = ofType('AWS::ECS::Cluster');
  const inCluster = { 'ecs:cluster': [cluster?.arn ?? ''] };
  const ecs = (resource: string) => `arn:aws:ecs:${region}:${account}:${resource}`;
  const definition = ecs(`task-definition/${prefixOf(deployed)}0a1b:3`);
  const task = ecs(`task/${cluster?.properties.ClusterName}/0a1b`);
  const run = does('a machine', stateMachine, 'ecs:RunTask', definition, inCluster);
  const pass = does('a machine', stateMachine, 'iam:PassRole', executionRole, PASSED_TO_TASKS);
  const [rule, ...others] = ['events:PutRule', 'events:PutTargets', 'events:DescribeRule'].map((action) =>
    does(
      'a machine',
      stateMachine,
      action,
      `arn:aws:events:${region}:${account}:rule/StepFunctionsGetEventsForECSTaskRule`,
    ),
  );
  const calls = ['next-step', 'settle-run', 'transfer'].map((name) =>
    does(
      'a machine',
      stateMachine,
      'lambda:InvokeFunction',
      `arn:aws:lambda:${region}:${account}:function:${prefixOf(deployed)}${name}`,
    ),
  );
  const [next] = calls;
  if (!rule || !next) throw new Error('a state machine calls nothing');
  return [
    ...[...calls, run, pass, rule, ...others],
    does('a machine', stateMachine, 'ecs:StopTask', task, inCluster),
    does('a machine', stateMachine, 'ecs:DescribeTasks', task, inCluster),
    instead(next, 'another function', { resource: next.resource.replace('next-step', 'auth') }),
    instead(run, 'in another cluster', { context: { 'ecs:cluster': [ecs('cluster/default')] } }),
    instead(run, 'of another stage', { resource: ecs('task-definition/flowserv-other-0a1b:3') }),
    instead(pass, 'to EC2', { context: { 'iam:PassedToService': ['ec2.amazonaws.com'] } }),
    instead(pass, 'its own', { resource: stateMachine }),
    instead(rule, 'another rule', { resource: `arn:aws:events:${region}:${account}:rule/other` }),
  ];
}

/** Calls of the execution role to the log (ECS, "Amazon ECS task execution IAM role"); images have separate edges. */
function taskLogEdges(deployed: Deployed): Edge[] {
  const role = executionRoleOf(deployed);
  const log = deployed.ofType('AWS::Logs::LogGroup').find(({ id }) => id.startsWith('ComputeStagingLog'));
  return WRITE_LOGS.map((action) =>
    does('a task', role, action, streamOf(log?.arn ?? '', 'stage/stage/0a1b')),
  );
}

/** Calls of the flow log (VPC, "IAM role for publishing flow logs to CloudWatch Logs"); the stack creates the group. */
function flowLogEdges(deployed: Deployed): Edge[] {
  const log = z.object({ DeliverLogsPermissionArn: z.string(), LogGroupName: z.string() });
  return deployed.ofType('AWS::EC2::FlowLog').flatMap(({ properties }) => {
    const { DeliverLogsPermissionArn: role, LogGroupName } = log.parse(properties);
    const groups = deployed.ofType('AWS::Logs::LogGroup');
    const group = groups.find((each) => each.properties.LogGroupName === LogGroupName)?.arn ?? '';
    return [...WRITE_LOGS, 'logs:DescribeLogStreams'].map((action) =>
      does('the network', role, action, streamOf(group, 'eni-0a1b-all')),
    );
  });
}

/**
 * An identity may have a configuration set, which SES authorizes as well; in the sandbox also the receiver's identity
 * (Service Authorization Reference, "Amazon Simple Email Service v2", `SendEmail`).
 */
function mailEdges(deployed: Deployed): Edge[] {
  const { ofType, region, account } = deployed;
  return ofType('AWS::Lambda::Function').flatMap(({ properties }) => {
    const { Role, FunctionName } = lambda.parse(properties);
    const environment = z
      .object({ Variables: z.record(z.string(), z.string()) })
      .parse(properties.Environment);
    const sender = environment.Variables.FLOWSERV_MAIL_FROM;
    if (sender === undefined) return [];
    const context = { 'ses:FromAddress': [sender] };
    const edges = [`identity/${sender}`, 'identity/a@example.org', 'configuration-set/default'].map(
      (resource) =>
        does(
          `${FunctionName} by ${resource}`,
          Role,
          'ses:SendEmail',
          `arn:aws:ses:${region}:${account}:${resource}`,
          context,
        ),
    );
    const others = edges.map((edge) =>
      instead(edge, 'as another', { context: { 'ses:FromAddress': ['b@example.org'] } }),
    );
    return [...edges, ...others];
  });
}

/** Tokens of remote engines are read by one function only. */
function engineEdges({ ofType, region, account }: Deployed): Edge[] {
  const engines = z.array(z.object({ tokenSecret: z.string().optional() }));
  const functions = ofType('AWS::Lambda::Function').map(({ properties }) => {
    const { Variables = {} } = z
      .object({ Variables: z.record(z.string(), z.string()).optional() })
      .parse(properties.Environment ?? {});
    return { ...lambda.parse(properties), engines: Variables.FLOWSERV_ENGINES };
  });
  return functions.flatMap(({ Role, FunctionName, engines: text }) => {
    if (text === undefined) return [];
    const other = functions.find(({ engines: of }) => of === undefined)?.Role ?? '';
    return engines.parse(JSON.parse(text)).flatMap(({ tokenSecret }) => {
      if (tokenSecret === undefined) return [];
      const read = does(`${FunctionName} reads a token`, Role, 'secretsmanager:GetSecretValue', tokenSecret);
      const elsewhere = `arn:aws:secretsmanager:${region}:${account}:secret:other-AbCdEf`;
      return [
        read,
        instead(read, 'another secret', { resource: elsewhere }),
        instead(read, 'by another function', { principal: other }),
      ];
    });
  });
}
