import { Stack } from 'aws-cdk-lib';
import { CfnClusterCapacityProviderAssociations, Cluster, ContainerInsights } from 'aws-cdk-lib/aws-ecs';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Registries } from '../../shared/engine/image-source.ts';
import { capacityProviders } from '../../shared/engine/next-step-protocol.ts';
import { acknowledge } from './acknowledge.ts';
import { allow } from './allow.ts';
import { createGpuInstances } from './gpu.ts';
import { createImageCaches, type ImageCaches } from './image-caches.ts';
import { asVpc } from './interfaces.ts';
import { createLogGroup, grantLogStreams } from './logs.ts';
import { createNetwork, type Network } from './network.ts';
import type { Stage } from './stage.ts';

export interface Compute extends Network {
  readonly cluster: Cluster;
  /** The role with which ECS pulls images and writes logs. Steps have no role at all. */
  readonly executionRole: Role;
  /** Log lines of `stage` and `warden`; the output of steps is stored as files. */
  readonly stagingLog: LogGroup;
  /** The source of the images of steps. */
  readonly registries: Registries;
}

/** The cluster, network and role of the tasks. Their definitions are registered when workflows are installed. */
export function createCompute(parent: Construct, stage: Stage): Compute {
  const network = createNetwork(parent, stage);
  const scope = new Construct(parent, 'Compute');
  const cluster = new Cluster(scope, 'Cluster', {
    clusterName: `flowserv-${stage.name}`,
    vpc: asVpc(network.vpc),
    containerInsightsV2: ContainerInsights.DISABLED,
  });
  const gpu = createGpuInstances(scope, stage, { ...network, cluster });
  new CfnClusterCapacityProviderAssociations(scope, 'Providers', {
    cluster: cluster.clusterName,
    // State machines name one of them for each task.
    capacityProviders: [...capacityProviders, ...(gpu === undefined ? [] : [gpu])],
    defaultCapacityProviderStrategy: [],
  });
  acknowledge(
    cluster,
    'ECS4',
    'container insights cost more than the tasks of short steps; runs keep their logs',
  );
  const stagingLog = createLogGroup(scope, 'StagingLog', stage, 'staging');
  const caches = createImageCaches(scope, stage);
  const logins = Object.entries(stage.registryLogins).map(([prefix, { secretArn }]) => ({
    prefix,
    secretArn,
  }));
  return {
    ...network,
    cluster,
    stagingLog,
    executionRole: createExecutionRole(scope, stage, stagingLog, caches),
    registries: { sources: caches.sources, logins },
  };
}

/**
 * Creates the execution role of tasks. AWS's managed policy for such roles is too wide: it permits reading every
 * private image and writing to every log of the account, and a participant may name the image of a step.
 */
function createExecutionRole(scope: Construct, stage: Stage, log: LogGroup, caches: ImageCaches): Role {
  const role = new Role(scope, 'ExecutionRole', {
    description: 'Pulls images and writes the logs of tasks',
    assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
  });
  grantLogStreams(role, log);
  grantPulls(role, stage, caches);
  grantLogins(role, stage);
  return role;
}

const PULL = ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'];
/** Amazon ECR, "IAM permissions required to sync an upstream registry". */
const IMPORT = ['ecr:BatchImportUpstreamImage', 'ecr:CreateRepository'];

/**
 * Permits tasks to pull images. In an isolated network, ECR must have the image already: its first pull goes over the
 * internet, which such a network does not reach.
 */
function grantPulls(role: Role, { imageRepositories, network }: Stage, { repositories }: ImageCaches): void {
  const arns = (names: readonly string[]) =>
    names.map((name) =>
      Stack.of(role).formatArn({ service: 'ecr', resource: 'repository', resourceName: name }),
    );
  if (imageRepositories.length > 0) {
    const why = 'the repositories that the settings of the stage name';
    allow(role, { actions: PULL, resources: arns(imageRepositories), why });
  }
  if (repositories.length > 0) {
    const why = 'copies of public images, in repositories that ECR makes when an image is first used';
    const actions = network === 'isolated' ? PULL : [...PULL, ...IMPORT];
    allow(role, { actions, resources: arns(repositories), why });
  }
  if (imageRepositories.length + repositories.length > 0) {
    allow(role, {
      actions: ['ecr:GetAuthorizationToken'],
      resources: ['*'],
      why: 'the action supports no resources (Service Authorization Reference)',
    });
  }
}

/** Permits reading exactly the secrets in the settings (Amazon ECS, "Using non-AWS container images in Amazon ECS"). */
function grantLogins(role: Role, { registryLogins }: Stage): void {
  const logins = Object.values(registryLogins);
  const secrets = [...new Set(logins.map(({ secretArn }) => secretArn))];
  const keys = [...new Set(logins.flatMap(({ keyArn }) => keyArn ?? []))];
  if (secrets.length > 0) {
    allow(role, { actions: ['secretsmanager:GetSecretValue'], resources: secrets, why: 'the named secrets' });
  }
  if (keys.length > 0) {
    const via = `secretsmanager.${Stack.of(role).region}.${Stack.of(role).urlSuffix}`;
    const conditions = { StringEquals: { 'kms:ViaService': via } };
    allow(role, { actions: ['kms:Decrypt'], resources: keys, conditions, why: 'the named keys' });
  }
}
