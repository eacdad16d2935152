import * as z from 'zod';
import { AwsError } from '../aws/json-protocol.ts';
import type { OrderedContainer } from './container-order.ts';
import { invalidParameter, readInput } from './errors.ts';
import { cpuUnits, isFargateSize, memoryMiB } from './fargate-sizes.ts';
import type { ContainerSettings } from './runner.ts';
import {
  type ContainerDefinition,
  environmentEntry,
  ephemeralStorage,
  type TaskDefinition,
  tag,
} from './task-definition.ts';

/** 8,192 characters, including the punctuation of the JSON text (ECS API reference, RunTask). */
const MAX_OVERRIDES = 8192;
/** Time from SIGTERM to SIGKILL if `stopTimeout` is not set (ECS API reference, ContainerDefinition). */
const DEFAULT_STOP_TIMEOUT_SECONDS = 30;

/** Providers of Fargate (Amazon ECS API reference, CreateCluster). */
export const fargateProvider = z.enum(['FARGATE', 'FARGATE_SPOT']);

const containerOverride = z.strictObject({
  name: z.string(),
  command: z.array(z.string()).optional(),
  environment: z.array(environmentEntry).optional(),
  cpu: z.int().min(0).optional(),
  memory: z.int().min(6).optional(),
});

const overrides = z.strictObject({
  containerOverrides: z.array(containerOverride).default([]),
  cpu: z.string().optional(),
  memory: z.string().optional(),
  ephemeralStorage: ephemeralStorage.optional(),
});

const request = z.strictObject({
  cluster: z.string().default('default'),
  taskDefinition: z.string().min(1),
  count: z.int().min(1).max(10).default(1),
  launchType: z.literal('FARGATE').optional(),
  capacityProviderStrategy: z
    .array(
      z.strictObject({
        capacityProvider: fargateProvider,
        weight: z.int().min(0).max(1000).optional(),
        base: z.int().min(0).max(100_000).optional(),
      }),
    )
    .min(1)
    .optional(),
  platformVersion: z.string().optional(),
  networkConfiguration: z
    .strictObject({
      awsvpcConfiguration: z.strictObject({
        subnets: z.array(z.string()).min(1).max(16),
        securityGroups: z.array(z.string()).max(5).optional(),
        assignPublicIp: z.enum(['ENABLED', 'DISABLED']).optional(),
      }),
    })
    .optional(),
  overrides: overrides.default({ containerOverrides: [] }),
  clientToken: z
    .string()
    .regex(/^[!-~]{1,64}$/)
    .optional(),
  startedBy: z
    .string()
    .regex(/^[A-Za-z0-9_/-]{1,128}$/)
    .optional(),
  group: z.string().max(255).optional(),
  enableECSManagedTags: z.boolean().optional(),
  // Needs a task role, and opens a shell in the container.
  enableExecuteCommand: z.literal(false).optional(),
  propagateTags: z.enum(['TASK_DEFINITION', 'NONE']).optional(),
  tags: z.array(tag).max(50).optional(),
});

export type TaskRequest = z.infer<typeof request>;
export type TaskOverrides = z.infer<typeof overrides>;

/** A container of a task, with the overrides applied. */
export interface ContainerSpec extends OrderedContainer, ContainerSettings {
  readonly name: string;
  readonly stopTimeoutSeconds: number;
}

/**
 * Parses the input of RunTask and applies the rules that do not depend on the task definition.
 *
 * @throws InvalidParameterException, PlatformUnknownException (ECS API reference, RunTask).
 */
export function readTaskRequest(input: unknown): TaskRequest {
  const data = readInput(request, input, invalidParameter);
  if (JSON.stringify(data.overrides).length > MAX_OVERRIDES) {
    throw invalidParameter(`Container Overrides length must be at most ${MAX_OVERRIDES}`);
  }
  if (data.launchType && data.capacityProviderStrategy) {
    throw invalidParameter('a launch type and a capacity provider strategy exclude each other');
  }
  if (!data.launchType && !data.capacityProviderStrategy) {
    throw invalidParameter(
      'launchType or capacityProviderStrategy must name Fargate: clusters have no default',
    );
  }
  if (data.capacityProviderStrategy?.every(({ weight = 0 }) => weight === 0)) {
    throw invalidParameter(
      'There are no capacity providers with a weight value greater than zero. At least one capacity provider must have a weight value greater than zero.',
    );
  }
  if (!data.networkConfiguration) {
    throw invalidParameter("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  }
  if (data.platformVersion !== undefined && !['LATEST', '1.4.0'].includes(data.platformVersion)) {
    throw new AwsError('PlatformUnknownException', `unknown platform version '${data.platformVersion}'`);
  }
  return data;
}

/**
 * Applies the overrides of a request to its task definition.
 *
 * @throws InvalidParameterException for a container that is not in the definition, and for a size that
 *   Fargate does not offer.
 */
export function resolveContainers(definition: TaskDefinition, given: TaskOverrides): ContainerSpec[] {
  for (const { name } of given.containerOverrides) {
    if (!definition.containerDefinitions.some((container) => container.name === name)) {
      throw invalidParameter(
        `Override for container named ${name} is not a container in the TaskDefinition.`,
      );
    }
  }
  const cpu = cpuUnits(given.cpu ?? definition.cpu);
  const memory = memoryMiB(given.memory ?? definition.memory);
  if (cpu === undefined || memory === undefined || !isFargateSize(cpu, memory)) {
    throw invalidParameter('No Fargate configuration exists for given values.');
  }
  return definition.containerDefinitions.map((container) =>
    resolveContainer(
      container,
      given.containerOverrides.find(({ name }) => name === container.name),
    ),
  );
}

function resolveContainer(
  container: ContainerDefinition,
  override: z.infer<typeof containerOverride> | undefined,
): ContainerSpec {
  const environment = [...container.environment, ...(override?.environment ?? [])];
  const { initProcessEnabled = false, capabilities = {} } = container.linuxParameters ?? {};
  const openFiles = container.ulimits?.find(({ name }) => name === 'nofile');
  return {
    name: container.name,
    image: container.image,
    essential: container.essential,
    dependsOn: container.dependsOn,
    entryPoint: container.entryPoint ?? [],
    command: override?.command ?? container.command ?? [],
    environment: Object.fromEntries(environment.map(({ name, value }) => [name, value])),
    workingDirectory: container.workingDirectory,
    mounts: container.mountPoints.map(({ sourceVolume, containerPath, readOnly }) => ({
      volume: sourceVolume,
      containerPath,
      readOnly,
    })),
    user: container.user,
    readonlyRootFilesystem: container.readonlyRootFilesystem ?? false,
    initProcess: initProcessEnabled,
    droppedCapabilities: capabilities.drop ?? [],
    addedCapabilities: capabilities.add ?? [],
    openFiles: openFiles && { soft: openFiles.softLimit, hard: openFiles.hardLimit },
    labels: container.dockerLabels ?? {},
    cpu: override?.cpu ?? container.cpu,
    memoryMiB: override?.memory ?? container.memory,
    stopTimeoutSeconds: container.stopTimeout ?? DEFAULT_STOP_TIMEOUT_SECONDS,
  };
}
