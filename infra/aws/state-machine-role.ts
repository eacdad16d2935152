import { Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { allow } from './allow.ts';
import { createdArns } from './arns.ts';
import type { Compute } from './compute.ts';
import type { Functions } from './functions.ts';
import type { Stage } from './stage.ts';

/** The rule by which Step Functions gets the stop events of tasks; Step Functions creates it. */
const MANAGED_RULE = 'StepFunctionsGetEventsForECSTaskRule';

/**
 * The role of all state machines, which are created when workflows are installed; nothing else can assume it (Step
 * Functions, "Prevent cross-service confused deputy" and "Call Amazon ECS with Step Functions").
 */
export function createStateMachineRole(
  parent: Construct,
  stage: Stage,
  { cluster, executionRole }: Compute,
  functions: Functions,
): Role {
  const stack = Stack.of(parent);
  const { stateMachines, taskDefinitions } = createdArns(parent, stage);
  const role = new Role(parent, 'MachineRole', {
    description: 'Carries runs from step to step',
    assumedBy: new ServicePrincipal('states.amazonaws.com', {
      conditions: {
        StringEquals: { 'aws:SourceAccount': stack.account },
        ArnLike: { 'aws:SourceArn': stateMachines },
      },
    }),
  });
  allow(role, {
    actions: ['lambda:InvokeFunction'],
    resources: [functions['next-step'], functions['settle-run'], functions.transfer].map(
      ({ functionArn }) => functionArn,
    ),
    why: 'the functions that state machines call',
  });
  allow(role, {
    actions: ['ecs:RunTask'],
    resources: [taskDefinitions],
    conditions: { ArnEquals: { 'ecs:cluster': cluster.clusterArn } },
    why: 'task definitions of this stage, which are registered at run time',
  });
  allow(role, {
    actions: ['ecs:StopTask', 'ecs:DescribeTasks'],
    resources: [
      stack.formatArn({ service: 'ecs', resource: 'task', resourceName: `${cluster.clusterName}/*` }),
    ],
    why: 'task ids are generated; only those of this cluster',
  });
  allow(role, {
    actions: ['iam:PassRole'],
    resources: [executionRole.roleArn],
    conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
    why: 'one role, to ECS only',
  });
  allow(role, {
    actions: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
    resources: [stack.formatArn({ service: 'events', resource: 'rule', resourceName: MANAGED_RULE })],
    why: 'one rule',
  });
  return role;
}
