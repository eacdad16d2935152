import { definitionOf, type Task, type TaskContainer } from './task.ts';
import type { ContainerSpec } from './task-request.ts';

/** When a container started and ended, in milliseconds since the epoch. */
export interface ContainerTimes {
  readonly startedAt: number;
  readonly finishedAt?: number;
}

/** The data of a task's metadata. */
export interface MetadataSource {
  readonly task: Task;
  readonly containers: readonly ContainerSpec[];
  readonly times: ReadonlyMap<string, ContainerTimes>;
}

/**
 * The document at `${ECS_CONTAINER_METADATA_URI_V4}/task` (ECS developer guide, task metadata v4 JSON
 * response for tasks on Fargate). Network and storage figures are omitted.
 */
export function taskDocument(source: MetadataSource): Record<string, unknown> {
  const { task } = source;
  const { family, revision } = definitionOf(task);
  return {
    Cluster: task.clusterArn,
    TaskARN: task.taskArn,
    Family: family,
    Revision: revision,
    DesiredStatus: task.desiredStatus,
    KnownStatus: knownTaskStatus(task),
    Limits: { CPU: Number(task.cpu) / 1024, Memory: Number(task.memory) },
    ...timesOf({ PullStartedAt: task.pullStartedAt, PullStoppedAt: task.pullStoppedAt }),
    AvailabilityZone: task.availabilityZone,
    LaunchType: 'FARGATE',
    Containers: task.containers.map((container) => containerDocumentOf(source, container)),
  };
}

/** The document at `${ECS_CONTAINER_METADATA_URI_V4}` for one container. */
export function containerDocument(source: MetadataSource, name: string): Record<string, unknown> | undefined {
  const container = source.task.containers.find((candidate) => candidate.name === name);
  return container && containerDocumentOf(source, container);
}

function containerDocumentOf({ task, containers, times }: MetadataSource, container: TaskContainer) {
  const spec = containers.find((candidate) => candidate.name === container.name);
  const time = times.get(container.name);
  const { family, revision } = definitionOf(task);
  return {
    DockerId: container.runtimeId ?? '',
    Name: container.name,
    DockerName: container.name,
    Image: container.image,
    ImageID: container.imageDigest ?? '',
    Labels: {
      'com.amazonaws.ecs.cluster': task.clusterArn,
      'com.amazonaws.ecs.container-name': container.name,
      'com.amazonaws.ecs.task-arn': task.taskArn,
      'com.amazonaws.ecs.task-definition-family': family,
      'com.amazonaws.ecs.task-definition-version': revision,
    },
    DesiredStatus: task.desiredStatus,
    // The image of a container that waits for another one is already pulled (ECS agent, pulled containers).
    KnownStatus: container.lastStatus === 'PENDING' ? 'PULLED' : container.lastStatus,
    ...(container.exitCode === undefined ? {} : { ExitCode: container.exitCode }),
    Limits: { CPU: spec?.cpu ?? 0, ...(spec?.memoryMiB === undefined ? {} : { Memory: spec.memoryMiB }) },
    ...timesOf({ CreatedAt: time?.startedAt, StartedAt: time?.startedAt, FinishedAt: time?.finishedAt }),
    Type: 'NORMAL',
    ContainerARN: container.containerArn,
    Networks: [{ NetworkMode: 'awsvpc', IPv4Addresses: ['127.0.0.1'] }],
  };
}

function knownTaskStatus({ lastStatus }: Task): string {
  if (lastStatus === 'RUNNING') return 'RUNNING';
  return lastStatus === 'PROVISIONING' || lastStatus === 'PENDING' ? 'NONE' : 'STOPPED';
}

function timesOf(times: Readonly<Record<string, number | undefined>>): Record<string, string> {
  const known = Object.entries(times).flatMap(([name, time]) =>
    time === undefined ? [] : [[name, new Date(time).toISOString()]],
  );
  return Object.fromEntries(known);
}
