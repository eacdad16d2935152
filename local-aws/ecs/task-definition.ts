import * as z from 'zod';
import { clientError, readInput } from './errors.ts';
import { cpuUnits, isFargateSize, memoryMiB } from './fargate-sizes.ts';

/** 64 KiB for a whole task definition (ECS service quotas). */
const MAX_DEFINITION_BYTES = 64 * 1024;
/** 10 containers in a task definition (ECS service quotas). */
const MAX_CONTAINERS = 10;

const name = z.string().regex(/^[A-Za-z0-9_-]{1,255}$/, 'up to 255 letters, digits, hyphens, underscores');

export const tag = z.strictObject({ key: z.string().min(1).max(128), value: z.string().max(256).optional() });
export const environmentEntry = z.strictObject({ name: z.string().min(1), value: z.string() });
/** 21 to 200 GiB; the default of 20 GiB cannot be requested (ECS API reference, EphemeralStorage). */
export const ephemeralStorage = z.strictObject({ sizeInGiB: z.int().min(21).max(200) });

const mountPoint = z.strictObject({
  sourceVolume: z.string(),
  containerPath: z.string().regex(/^\/./, 'must be an absolute path'),
  readOnly: z.boolean().default(false),
});

const dependency = z.strictObject({
  containerName: z.string(),
  // HEALTHY needs health checks, which are not supported.
  condition: z.enum(['START', 'COMPLETE', 'SUCCESS']),
});

const containerDefinition = z.strictObject({
  name,
  image: z.string().min(1, 'Container.image should not be null or empty.'),
  cpu: z.int().min(0).default(0),
  memory: z.int().min(6).optional(),
  memoryReservation: z.int().min(6).optional(),
  essential: z.boolean().default(true),
  entryPoint: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  environment: z.array(environmentEntry).default([]),
  mountPoints: z.array(mountPoint).default([]),
  dependsOn: z.array(dependency).default([]),
  workingDirectory: z.string().startsWith('/').optional(),
  /** Fargate accepts 2 to 120 seconds (ECS API reference, ContainerDefinition). */
  stopTimeout: z.int().min(2).max(120).optional(),
  user: z.string().optional(),
  readonlyRootFilesystem: z.boolean().optional(),
  linuxParameters: z
    .strictObject({
      initProcessEnabled: z.boolean().optional(),
      capabilities: z
        .strictObject({
          add: z.array(z.literal('SYS_PTRACE')).optional(),
          drop: z.array(z.string()).optional(),
        })
        .optional(),
    })
    .optional(),
  logConfiguration: z
    .strictObject({ logDriver: z.string(), options: z.record(z.string(), z.string()).optional() })
    .optional(),
  ulimits: z
    .array(z.strictObject({ name: z.literal('nofile'), softLimit: z.int(), hardLimit: z.int() }))
    .optional(),
  dockerLabels: z.record(z.string(), z.string()).optional(),
});

const registration = z.strictObject({
  family: name,
  networkMode: z.string().optional(),
  requiresCompatibilities: z.array(z.string()).default([]),
  cpu: z.string().optional(),
  memory: z.string().optional(),
  executionRoleArn: z.string().optional(),
  runtimePlatform: z
    .strictObject({
      cpuArchitecture: z.enum(['X86_64', 'ARM64']).optional(),
      operatingSystemFamily: z.literal('LINUX').optional(),
    })
    .optional(),
  ephemeralStorage: ephemeralStorage.optional(),
  volumes: z.array(z.strictObject({ name, host: z.strictObject({}).optional() })).default([]),
  containerDefinitions: z.array(containerDefinition).min(1, 'Container list cannot be empty.'),
  tags: z.array(tag).max(50).optional(),
});

type Registration = z.infer<typeof registration>;
export type ContainerDefinition = z.infer<typeof containerDefinition>;

/** A definition that Fargate would accept; `cpu` in units and `memory` in MiB, as text. */
export type TaskDefinition = Registration & { readonly cpu: string; readonly memory: string };

/**
 * Parses the input of RegisterTaskDefinition and applies Fargate's rules.
 *
 * Unsupported features are rejected: task roles, health checks, secrets, EFS volumes, launch types other than Fargate.
 *
 * @throws ClientException (ECS API reference, RegisterTaskDefinition; ECS developer guide, task
 *   definition parameters for Fargate).
 */
export function parseTaskDefinition(input: unknown): TaskDefinition {
  const size = Buffer.byteLength(JSON.stringify(input) ?? '');
  if (size > MAX_DEFINITION_BYTES) {
    throw clientError(`Actual length: '${size}'. Max allowed length is '${MAX_DEFINITION_BYTES}' bytes.`);
  }
  const definition = readInput(registration, input, clientError);
  const sized = requireFargate(definition);
  const problem =
    containerProblem(sized) ??
    sizeProblem(sized) ??
    mountProblem(sized) ??
    dependencyProblem(sized.containerDefinitions);
  if (problem) throw clientError(problem);
  return sized;
}

function requireFargate(definition: Registration): TaskDefinition {
  if (!definition.requiresCompatibilities.includes('FARGATE')) {
    throw clientError('the local service runs FARGATE tasks only: requiresCompatibilities must name FARGATE');
  }
  if (definition.networkMode !== 'awsvpc') throw clientError("Fargate only supports network mode 'awsvpc'.");
  if (definition.cpu === undefined) {
    throw clientError("Fargate requires that 'cpu' be defined at the task level.");
  }
  if (definition.memory === undefined) {
    throw clientError("Fargate requires that 'memory' be defined at the task level.");
  }
  const cpu = cpuUnits(definition.cpu);
  const memory = memoryMiB(definition.memory);
  if (cpu === undefined || memory === undefined || !isFargateSize(cpu, memory)) {
    throw clientError('No Fargate configuration exists for given values.');
  }
  const logs = definition.containerDefinitions.some((container) => container.logConfiguration);
  if (logs && definition.executionRoleArn === undefined) {
    throw clientError('Fargate requires task definition to have execution role ARN to support log drivers.');
  }
  return { ...definition, cpu: String(cpu), memory: String(memory) };
}

function containerProblem({ containerDefinitions }: TaskDefinition): string | undefined {
  if (containerDefinitions.length > MAX_CONTAINERS) {
    return `a task definition has at most ${MAX_CONTAINERS} containers`;
  }
  if (new Set(containerDefinitions.map((container) => container.name)).size < containerDefinitions.length) {
    return 'container names must be unique';
  }
  if (!containerDefinitions.some((container) => container.essential)) {
    return 'a task definition needs at least one essential container';
  }
  return undefined;
}

function sizeProblem({ containerDefinitions, cpu, memory }: TaskDefinition): string | undefined {
  const cpuTotal = containerDefinitions.reduce((total, container) => total + container.cpu, 0);
  if (cpuTotal > Number(cpu)) return "the containers' cpu is more than the task's";
  for (const container of containerDefinitions) {
    if ((container.memory ?? container.memoryReservation ?? 0) > Number(memory)) {
      return `The 'memory' setting for container '${container.name}' is greater than for the task.`;
    }
    if (
      container.memoryReservation !== undefined &&
      container.memoryReservation > (container.memory ?? Infinity)
    ) {
      return `container '${container.name}': memoryReservation is more than memory`;
    }
  }
  return undefined;
}

function mountProblem({ containerDefinitions, volumes }: TaskDefinition): string | undefined {
  const known = new Set(volumes.map((volume) => volume.name));
  if (known.size < volumes.length) return 'volume names must be unique';
  for (const { name: container, mountPoints } of containerDefinitions) {
    const unknown = mountPoints.find((mount) => !known.has(mount.sourceVolume));
    if (unknown) return `Unknown volume '${unknown.sourceVolume}'.`;
    if (new Set(mountPoints.map((mount) => mount.containerPath)).size < mountPoints.length) {
      return `container '${container}' mounts two volumes at one path`;
    }
  }
  return undefined;
}

function dependencyProblem(containers: readonly ContainerDefinition[]): string | undefined {
  const byName = new Map(containers.map((container) => [container.name, container]));
  for (const container of containers) {
    for (const { containerName, condition } of container.dependsOn) {
      const target = byName.get(containerName);
      if (!target) return `container '${container.name}' depends on unknown container '${containerName}'`;
      if (target.essential && condition !== 'START') {
        return 'A dependency container with SUCCESS or COMPLETE condition cannot be an essential container';
      }
    }
  }
  return hasCycle(byName) ? 'the dependencies between the containers form a cycle' : undefined;
}

/** Repeatedly removes containers whose dependencies are all removed. Containers that remain are in a cycle. */
function hasCycle(byName: ReadonlyMap<string, ContainerDefinition>): boolean {
  const left = new Map(byName);
  for (let removed = true; removed; ) {
    removed = false;
    for (const container of left.values()) {
      if (container.dependsOn.some(({ containerName }) => left.has(containerName))) continue;
      left.delete(container.name);
      removed = true;
    }
  }
  return left.size > 0;
}
