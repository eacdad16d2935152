import * as z from 'zod';
import { AwsError } from '../aws/json-protocol.ts';
import type { Arns } from './arns.ts';
import { invalidParameter, readInput } from './errors.ts';
import type { EcsStore, StoredCluster } from './store.ts';
import { tag } from './task-definition.ts';
import { fargateProvider, type TaskRequest } from './task-request.ts';

const providers = z.array(fargateProvider).default([]);

const createInput = z.strictObject({
  clusterName: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,255}$/)
    .default('default'),
  capacityProviders: providers,
  settings: z.array(z.strictObject({ name: z.string(), value: z.string() })).optional(),
  tags: z.array(tag).max(50).default([]),
});

const putProvidersInput = z.strictObject({
  cluster: z.string(),
  capacityProviders: providers,
  /** Tasks must name a provider or a launch type here, so that a cluster has no default. */
  defaultCapacityProviderStrategy: z.array(z.never()),
});

const describeInput = z.strictObject({
  clusters: z.array(z.string()).max(100).default(['default']),
  include: z.array(z.string()).optional(),
});

/** CreateCluster, PutClusterCapacityProviders and DescribeClusters, with the features that Fargate tasks need. */
export function clusterOperations({ arns, store }: { readonly arns: Arns; readonly store: EcsStore }) {
  return {
    CreateCluster(input: unknown) {
      const { clusterName, tags, capacityProviders } = readInput(createInput, input, invalidParameter);
      const created = { name: clusterName, tags, capacityProviders };
      const cluster = store.getCluster(clusterName) ?? created;
      store.putCluster(cluster);
      return { cluster: describe(arns, store, cluster) };
    },
    PutClusterCapacityProviders(input: unknown) {
      const { cluster: reference, capacityProviders } = readInput(putProvidersInput, input, invalidParameter);
      const cluster = { ...requireCluster(arns, store, reference), capacityProviders };
      store.putCluster(cluster);
      return { cluster: describe(arns, store, cluster) };
    },
    DescribeClusters(input: unknown) {
      const { clusters } = readInput(describeInput, input, invalidParameter);
      const found = clusters.map((reference) => store.getCluster(arns.clusterName(reference)));
      return {
        clusters: found.flatMap((cluster) => (cluster ? [describe(arns, store, cluster)] : [])),
        failures: clusters.flatMap((reference, index) =>
          found[index] ? [] : [{ arn: arns.cluster(arns.clusterName(reference)), reason: 'MISSING' }],
        ),
      };
    },
  };
}

/** @throws ClusterNotFoundException. */
export function requireCluster(arns: Arns, store: EcsStore, reference: string): StoredCluster {
  const cluster = store.getCluster(arns.clusterName(reference));
  if (!cluster) throw new AwsError('ClusterNotFoundException', 'Cluster not found.');
  return cluster;
}

/** @throws InvalidParameterException for a capacity provider that the cluster does not have. */
export function checkProviders(
  { capacityProviderStrategy = [] }: TaskRequest,
  { capacityProviders = [] }: StoredCluster,
): void {
  if (
    capacityProviderStrategy.some(({ capacityProvider }) => !capacityProviders.includes(capacityProvider))
  ) {
    throw invalidParameter(
      'The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster or specify a valid capacity provider and try again.',
    );
  }
}

function describe(arns: Arns, store: EcsStore, { name, tags, capacityProviders = [] }: StoredCluster) {
  return {
    clusterArn: arns.cluster(name),
    clusterName: name,
    status: 'ACTIVE',
    registeredContainerInstancesCount: 0,
    runningTasksCount: store.countTasks(name, 'RUNNING'),
    pendingTasksCount: store.countTasks(name, 'PENDING') + store.countTasks(name, 'PROVISIONING'),
    activeServicesCount: 0,
    statistics: [],
    settings: [],
    capacityProviders,
    defaultCapacityProviderStrategy: [],
    tags,
  };
}
