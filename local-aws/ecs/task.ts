import { randomBytes, randomUUID } from 'node:crypto';
import type { Arns } from './arns.ts';
import type { StopCode } from './container-order.ts';
import { cpuUnits, memoryMiB } from './fargate-sizes.ts';
import type { TaskDefinition } from './task-definition.ts';
import type { TaskOverrides, TaskRequest } from './task-request.ts';

/** A task as DescribeTasks returns it, but with times in milliseconds since the epoch. */
export interface Task {
  readonly taskArn: string;
  readonly clusterArn: string;
  readonly taskDefinitionArn: string;
  readonly group: string;
  readonly startedBy?: string;
  readonly launchType?: 'FARGATE';
  readonly capacityProviderName?: string;
  readonly platformVersion: string;
  readonly platformFamily: 'Linux';
  readonly availabilityZone: string;
  readonly attachments: readonly never[];
  readonly attributes: readonly { readonly name: string; readonly value: string }[];
  readonly connectivity?: 'CONNECTED';
  readonly containers: readonly TaskContainer[];
  readonly cpu: string;
  readonly memory: string;
  readonly ephemeralStorage: { readonly sizeInGiB: number };
  readonly enableExecuteCommand: false;
  readonly healthStatus: 'UNKNOWN';
  readonly inferenceAccelerators: readonly never[];
  readonly overrides: TaskOverrides & { readonly inferenceAcceleratorOverrides: readonly never[] };
  readonly tags: readonly { readonly key: string; readonly value?: string | undefined }[];
  readonly desiredStatus: 'RUNNING' | 'STOPPED';
  readonly lastStatus: 'PROVISIONING' | 'PENDING' | 'RUNNING' | 'DEPROVISIONING' | 'STOPPED';
  readonly stopCode?: StopCode;
  readonly stoppedReason?: string;
  readonly createdAt: number;
  readonly connectivityAt?: number;
  readonly pullStartedAt?: number;
  readonly pullStoppedAt?: number;
  readonly startedAt?: number;
  readonly stoppingAt?: number;
  readonly executionStoppedAt?: number;
  readonly stoppedAt?: number;
  /** Increases with each change. */
  readonly version: number;
}

export interface TaskContainer {
  readonly containerArn: string;
  readonly taskArn: string;
  readonly name: string;
  readonly image: string;
  readonly imageDigest?: string;
  readonly runtimeId?: string;
  readonly lastStatus: 'PENDING' | 'RUNNING' | 'STOPPED';
  /** Missing for a container that never ran, and for one whose end was not observed. */
  readonly exitCode?: number;
  readonly reason?: string;
  readonly healthStatus: 'UNKNOWN';
  readonly networkBindings: readonly never[];
  readonly networkInterfaces: readonly never[];
  readonly managedAgents: readonly never[];
  readonly gpuIds: readonly never[];
  readonly cpu: string;
  readonly memory?: string;
  readonly memoryReservation?: string;
}

/** Every Fargate task has 20 GiB of disk (ECS developer guide, Fargate task ephemeral storage). */
const DEFAULT_DISK_GIB = 20;
const ARCHITECTURE = { X86_64: 'x86_64', ARM64: 'arm64' } as const;

interface NewTask {
  readonly arns: Arns;
  readonly region: string;
  readonly cluster: string;
  readonly definition: TaskDefinition;
  readonly revision: number;
  readonly request: TaskRequest;
  readonly startedBy: string | undefined;
  readonly now: number;
}

/** Creates the record of a new task: PROVISIONING, with its containers PENDING. */
export function newTask(options: NewTask): Task {
  const { arns, cluster, definition, request, revision, startedBy } = options;
  const { overrides } = request;
  const taskId = randomBytes(16).toString('hex');
  return {
    taskArn: arns.task(cluster, taskId),
    clusterArn: arns.cluster(cluster),
    taskDefinitionArn: arns.definition(definition.family, revision),
    group: request.group ?? `family:${definition.family}`,
    ...(startedBy === undefined ? {} : { startedBy }),
    ...launchOf(request),
    platformVersion: '1.4.0',
    platformFamily: 'Linux',
    availabilityZone: `${options.region}a`,
    attachments: [],
    attributes: [
      {
        name: 'ecs.cpu-architecture',
        value: ARCHITECTURE[definition.runtimePlatform?.cpuArchitecture ?? 'X86_64'],
      },
    ],
    containers: newContainers(options, taskId),
    cpu: String(cpuUnits(overrides.cpu ?? definition.cpu)),
    memory: String(memoryMiB(overrides.memory ?? definition.memory)),
    ephemeralStorage: overrides.ephemeralStorage ??
      definition.ephemeralStorage ?? { sizeInGiB: DEFAULT_DISK_GIB },
    enableExecuteCommand: false,
    healthStatus: 'UNKNOWN',
    inferenceAccelerators: [],
    overrides: { ...overrides, inferenceAcceleratorOverrides: [] },
    tags: [
      ...(request.propagateTags === 'TASK_DEFINITION' ? (definition.tags ?? []) : []),
      ...(request.tags ?? []),
    ],
    desiredStatus: 'RUNNING',
    lastStatus: 'PROVISIONING',
    createdAt: options.now,
    version: 1,
  };
}

function launchOf({
  capacityProviderStrategy,
}: TaskRequest): Pick<Task, 'launchType' | 'capacityProviderName'> {
  const provider = capacityProviderStrategy?.[0]?.capacityProvider;
  return provider === undefined
    ? { launchType: 'FARGATE' }
    : { launchType: 'FARGATE', capacityProviderName: provider };
}

function newContainers({ arns, cluster, definition, request }: NewTask, taskId: string): TaskContainer[] {
  return definition.containerDefinitions.map((container) => {
    const override = request.overrides.containerOverrides.find((entry) => entry.name === container.name);
    const memory = override?.memory ?? container.memory;
    return {
      containerArn: arns.container(cluster, taskId, randomUUID()),
      taskArn: arns.task(cluster, taskId),
      name: container.name,
      image: container.image,
      lastStatus: 'PENDING',
      healthStatus: 'UNKNOWN',
      networkBindings: [],
      networkInterfaces: [],
      managedAgents: [],
      gpuIds: [],
      cpu: String(override?.cpu ?? container.cpu),
      ...(memory === undefined ? {} : { memory: String(memory) }),
      ...(container.memoryReservation === undefined
        ? {}
        : { memoryReservation: String(container.memoryReservation) }),
    };
  });
}

/** Returns the record with one changed container. */
export function withContainer(task: Task, name: string, change: Partial<TaskContainer>): Task {
  const containers = task.containers.map((container) =>
    container.name === name ? { ...container, ...change } : container,
  );
  return { ...task, containers };
}

/** Ends the record of a task whose stack crashed. Its containers have no exit codes, because these are unknown. */
export function interruptedTask(task: Task, reason: string, now: number): Task {
  return {
    ...task,
    containers: task.containers.map((container) =>
      container.lastStatus === 'STOPPED' ? container : { ...container, lastStatus: 'STOPPED', reason },
    ),
    desiredStatus: 'STOPPED',
    lastStatus: 'STOPPED',
    stopCode: task.stopCode ?? 'TerminationNotice',
    stoppedReason: task.stoppedReason ?? reason,
    stoppingAt: task.stoppingAt ?? now,
    executionStoppedAt: task.executionStoppedAt ?? now,
    stoppedAt: now,
    version: task.version + 1,
  };
}

/** Family and revision of the task's definition. */
export function definitionOf(task: Task): { readonly family: string; readonly revision: string } {
  const key = task.taskDefinitionArn.slice(task.taskDefinitionArn.lastIndexOf('/') + 1);
  const [family = '', revision = ''] = key.split(':');
  return { family, revision };
}
