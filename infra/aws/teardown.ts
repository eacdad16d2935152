import { CustomResource, Duration, type Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { keys } from '../../shared/store/keys.ts';
import { allow } from './allow.ts';
import { createdArns } from './arns.ts';
import { codeOf } from './code.ts';
import type { Compute } from './compute.ts';
import type { Data } from './data.ts';
import { createLogGroup, grantLogStreams } from './logs.ts';
import type { Stage } from './stage.ts';

interface TeardownParts {
  readonly compute: Compute;
  readonly data: Data;
}

/** The longest timeout of Lambda: most APIs allow one call per second. */
const TIMEOUT = Duration.minutes(15);
/** Limit for a missing response; CloudFormation would wait for an hour. */
const PATIENCE = Duration.minutes(16);

/**
 * Removes what runs created when the stack is deleted by hand: a custom resource that is deleted first, before cluster,
 * network and table. It does nothing when it is created or updated, and never blocks the deletion of the stack.
 */
export function createTeardown(parent: Stack, stage: Stage, { compute, data }: TeardownParts): void {
  const scope = new Construct(parent, 'Teardown');
  const logGroup = createLogGroup(scope, 'log', stage, 'functions/teardown');
  const role = new Role(scope, 'role', {
    description: `Function teardown of flowServ ${stage.name}`,
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
  });
  grantLogStreams(role, logGroup);
  grantLook(role, parent, data);
  grantRemoval(role, stage, compute);
  const handler = new LambdaFunction(scope, 'Function', {
    functionName: `flowserv-${stage.name}-teardown`,
    code: codeOf('teardown'),
    handler: 'index.handler',
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    timeout: TIMEOUT,
    memorySize: 512,
    role,
    logGroup,
    environment: { FLOWSERV_STAGE: stage.name, FLOWSERV_TABLE: data.table.tableName },
  });
  const resource = new CustomResource(scope, 'MadeByRuns', {
    serviceToken: handler.functionArn,
    serviceTimeout: PATIENCE,
    resourceType: 'Custom::FlowservMadeByRuns',
  });
  // Its dependencies are deleted after it: the resources that tasks hold, and its own permissions.
  resource.node.addDependency(
    role,
    logGroup,
    compute.vpc,
    compute.cluster,
    compute.securityGroup,
    data.table,
  );
}

/**
 * What it reads of the stack and writes into the table: it stops admission, and deletes the items of removed
 * definitions.
 */
function grantLook(role: Role, stack: Stack, { table }: Data): void {
  allow(role, { actions: ['cloudformation:DescribeStacks'], resources: [stack.stackId], why: 'this stack' });
  const inPartition = (pk: string) => ({ 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [pk] } });
  allow(role, {
    actions: ['dynamodb:UpdateItem'],
    resources: [table.tableArn],
    conditions: inPartition(keys.capacity().pk),
    why: 'one item',
  });
  allow(role, {
    actions: ['dynamodb:DeleteItem'],
    resources: [table.tableArn],
    conditions: inPartition(keys.taskDefinition('*').pk),
    why: 'items of task definitions',
  });
}

/** Lists and deregistering support no resource (Service Authorization Reference): the function checks the names. */
function grantRemoval(role: Role, stage: Stage, { cluster }: Compute): void {
  const arns = createdArns(role, stage);
  const why = 'the action supports no resources; the function skips names of other stages';
  const made = 'what this stage created at run time';
  allow(role, {
    actions: ['states:ListStateMachines', 'ecs:ListTaskDefinitions', 'ecs:DeregisterTaskDefinition'],
    resources: ['*'],
    why,
  });
  allow(role, {
    actions: ['states:ListExecutions', 'states:DeleteStateMachine'],
    resources: [arns.stateMachines],
    why: made,
  });
  allow(role, { actions: ['states:StopExecution'], resources: [arns.executions], why: made });
  allow(role, { actions: ['ecs:DeleteTaskDefinitions'], resources: [arns.taskDefinitions], why: made });
  allow(role, {
    actions: ['ecs:ListTasks'],
    resources: ['*'],
    conditions: { ArnEquals: { 'ecs:cluster': cluster.clusterArn } },
    why: 'one cluster; the action supports only container instances, and the tasks run on none',
  });
  allow(role, {
    actions: ['ecs:DescribeTasks', 'ecs:StopTask'],
    resources: [arns.tasks],
    why: 'tasks of one cluster',
  });
}
