import * as z from 'zod';
import { AwsError } from '../aws/json-protocol.ts';
import type { Arns } from './arns.ts';
import { invalidParameter, readInput } from './errors.ts';
import type { EcsStore, StoredCluster } from './store.ts';
import { tag } from './task-definition.ts';

const createInput = z.strictObject({
  clusterName: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,255}$/)
    .default('default'),
  capacityProviders: z.array(z.enum(['FARGATE', 'FARGATE_SPOT'])).optional(),
  settings: z.array(z.strictObject({ name: z.string(), value: z.string() })).optional(),
  tags: z.array(tag).max(50).default([]),
});

const describeInput = z.strictObject({
  clusters: z.array(z.string()).max(100).default(['default']),
  include: z.array(z.string()).optional(),
});

/** CreateCluster and DescribeClusters, with the features that Fargate tasks need. */
export function clusterOperations({ arns, store }: { readonly arns: Arns; readonly store: EcsStore }) {
  return {
    CreateCluster(input: unknown) {
      const { clusterName, tags } = readInput(createInput, input, invalidParameter);
      store.putCluster({ name: clusterName, tags });
      return { cluster: describe(arns, store, store.getCluster(clusterName) ?? { name: clusterName, tags }) };
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

/** @throws ClusterNotFoundException. @returns the cluster's name. */
export function requireCluster(arns: Arns, store: EcsStore, reference: string): string {
  const cluster = store.getCluster(arns.clusterName(reference));
  if (!cluster) throw new AwsError('ClusterNotFoundException', 'Cluster not found.');
  return cluster.name;
}

function describe(arns: Arns, store: EcsStore, { name, tags }: StoredCluster) {
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
    capacityProviders: ['FARGATE', 'FARGATE_SPOT'],
    defaultCapacityProviderStrategy: [],
    tags,
  };
}
