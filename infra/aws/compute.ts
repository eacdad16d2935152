import { Stack } from 'aws-cdk-lib';
import { Cluster, ContainerInsights } from 'aws-cdk-lib/aws-ecs';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { allow } from './allow.ts';
import { asVpc } from './interfaces.ts';
import { createLogGroup } from './logs.ts';
import { createNetwork, type Network } from './network.ts';
import type { Stage } from './stage.ts';

export interface Compute extends Network {
  readonly cluster: Cluster;
  /** With it ECS pulls images and writes logs. Steps have no role at all. */
  readonly executionRole: Role;
  /** Lines of `stage` and `warden`; the output of steps is kept as files. */
  readonly stagingLog: LogGroup;
}

/** Cluster, network and role of the tasks. Their definitions are registered when workflows are installed. */
export function createCompute(parent: Construct, stage: Stage): Compute {
  const network = createNetwork(parent, stage);
  const scope = new Construct(parent, 'Compute');
  const cluster = new Cluster(scope, 'Cluster', {
    clusterName: `flowserv-${stage.name}`,
    vpc: asVpc(network.vpc),
    containerInsightsV2: ContainerInsights.DISABLED,
  });
  acknowledge(
    cluster,
    'ECS4',
    'container insights cost more than the tasks of short steps; runs keep their logs',
  );
  const stagingLog = createLogGroup(scope, 'StagingLog', stage, 'staging');
  return { ...network, cluster, stagingLog, executionRole: createExecutionRole(scope, stage, stagingLog) };
}

/**
 * Not the managed policy for it, which reads every private image and writes to every log of the account: a
 * participant may name the image of a step.
 */
function createExecutionRole(scope: Construct, stage: Stage, log: LogGroup): Role {
  const role = new Role(scope, 'ExecutionRole', {
    description: 'Pulls images and writes the logs of tasks',
    assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
  });
  allow(role, {
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [log.logGroupArn],
    why: 'streams of one log group',
  });
  const { imageRepositories } = stage;
  if (imageRepositories.length === 0) return role;
  allow(role, {
    actions: ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'],
    resources: imageRepositories.map((name) =>
      Stack.of(role).formatArn({ service: 'ecr', resource: 'repository', resourceName: name }),
    ),
    why: 'the repositories that the organiser has named',
  });
  allow(role, {
    actions: ['ecr:GetAuthorizationToken'],
    resources: ['*'],
    why: 'the action knows no resources (Service Authorization Reference)',
  });
  return role;
}
