import { createHash } from 'node:crypto';
import type { ContainerDefinition, RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs';
import type { Architecture } from '../architecture.ts';
import { normaliseImage } from './image-reference.ts';
import { type PulledImage, pulledImage, type Registries } from './image-source.ts';
import { ofPosition, stepContainerName } from './step-container.ts';
import { LATER_STEP_COMMAND, STEP_COMMAND } from './step-script.ts';

/** What the tasks of one image depend on, apart from the image. */
export interface TaskBuild {
  readonly architecture: Architecture;
  /** Image with Node for `stage` and `warden`, preferably with a digest. */
  readonly stagingImage: string;
  /** Text of the staging program for `node -e`. */
  readonly program: string;
  /** Sources and logins of images. */
  readonly registries: Registries;
  /** Base URL of the ticket broker. */
  readonly brokerUrl: string;
  /** Role that pulls images and writes logs. A task has no other role. */
  readonly executionRoleArn?: string;
  /** CloudWatch log group of `stage` and `warden`; it needs an execution role. */
  readonly log?: { readonly group: string; readonly region: string };
}

export interface TaskDefinitionInput extends TaskBuild {
  /** Deployment stage, which is part of the family's name. */
  readonly stage: string;
  readonly image: StepImage;
  /** Number of steps that the task runs, one after the other, at most `MAX_STEPS_OF_TASK`; 1 by default. */
  readonly steps?: number;
}

/** The image of a step. */
export interface StepImage {
  /** Reference as the template or the participant wrote it. */
  readonly reference: string;
  /** Whether the template alone decides the image of an organiser's step, so that the stage's logins apply. */
  readonly own: boolean;
  /** Whether local runners allow the step to use the network; absent means false. */
  readonly network?: boolean | undefined;
  /** Disk of the task in GiB; absent means the least that can be requested. */
  readonly disk?: number | undefined;
  /** Whether the step runs on an instance with a GPU, not on Fargate; absent means false. */
  readonly gpu?: boolean | undefined;
}

/**
 * The volumes of a step. In the step's container, each is at the same path: `/flowserv/work`, `/flowserv/ctl` and
 * `/flowserv/log`. The local container service rewrites paths in the environment.
 */
const VOLUMES = ['work', 'ctl', 'log'] as const;

/**
 * CPU and memory in definitions, which must have some; each run overrides them. The disk is part of the definition:
 * AWS documents an override of it for RunTask, but not for `runTask.sync` of Step Functions.
 */
const DEFAULT_CPU = '1024';
const DEFAULT_MEMORY = '2048';
const LEAST_DISK_GIB = 21;

/** Fargate's maximum time between SIGTERM and SIGKILL, in which `warden` uploads partial logs and the status. */
const WARDEN_STOP_SECONDS = 120;
const STEP_STOP_SECONDS = 30;

/** The containers that run our own program. All others run commands of steps. */
export const STAGING_CONTAINERS = ['stage', 'warden'] as const;
type StagingContainer = (typeof STAGING_CONTAINERS)[number];

/** Label on the container of a step that may use the network; only local runners read it. */
export const NETWORK_LABEL = 'flowserv.network';

/** Capabilities that steps do not need. Dropping all would break package managers and `chown`. */
const STEP_DROPS = ['NET_RAW', 'MKNOD', 'AUDIT_WRITE', 'SETFCAP', 'SYS_CHROOT', 'NET_BIND_SERVICE'];
/**
 * All of Docker's default capabilities except DAC_OVERRIDE and FOWNER, which allow access to files of any mode and
 * owner.
 */
const STAGING_DROPS = [...STEP_DROPS, 'CHOWN', 'FSETID', 'KILL', 'SETGID', 'SETPCAP', 'SETUID'];

/**
 * Returns the family of an image's task definition: one family for each image and build, so that a registered
 * definition never changes its meaning and no two images share one.
 *
 * Uses 128 bits of the digest, because a collision would let one image replace another.
 */
export function imageFamily(input: TaskDefinitionInput): string {
  const digest = createHash('sha256')
    .update(JSON.stringify(taskContent(input)))
    .digest('hex');
  return `flowserv-${input.stage}-${digest.slice(0, 32)}`;
}

/**
 * Returns the task definition for steps of one image: `stage` lays out the files, then the image runs the step while
 * `warden`, the only essential container, waits for its end and uploads what is kept.
 *
 * Each further step has a container and volumes of its own, which no other step sees. `warden` lays out its files once
 * the step before it succeeded.
 *
 * There is no task role, because all containers of a task would share it. Only `stage` and `warden` get the ticket, by
 * an override. The step's container cannot write to `ctl`. Everything that differs between runs is an override (AWS
 * ECS API reference, RegisterTaskDefinition and ContainerOverride).
 *
 * @throws FlowservError 400 `image.invalid`
 */
export function taskDefinition(input: TaskDefinitionInput): RegisterTaskDefinitionCommandInput {
  return { family: imageFamily(input), ...taskContent(input) };
}

function taskContent(input: TaskDefinitionInput): Omit<RegisterTaskDefinitionCommandInput, 'family'> {
  const { image, steps = 1 } = input;
  const positions = Array.from({ length: steps }, (_, position) => position);
  const pulled = pulledImage(normaliseImage(image.reference), input.registries, image.own);
  return {
    ...hostOf(input.image),
    networkMode: 'awsvpc',
    cpu: DEFAULT_CPU,
    memory: DEFAULT_MEMORY,
    runtimePlatform: { cpuArchitecture: input.architecture, operatingSystemFamily: 'LINUX' },
    ...(input.executionRoleArn ? { executionRoleArn: input.executionRoleArn } : {}),
    volumes: positions.flatMap((position) => VOLUMES.map((name) => ({ name: ofPosition(name, position) }))),
    containerDefinitions: [
      stagingContainer(input, 'stage', [0]),
      stagingContainer(input, 'warden', positions),
      ...positions.map((position) => stepContainer(pulled, image, position)),
    ],
  };
}

/** The disk of an instance is its own. */
const hostOf = ({ gpu, disk = LEAST_DISK_GIB }: StepImage) =>
  gpu
    ? { requiresCompatibilities: ['EC2' as const] }
    : { requiresCompatibilities: ['FARGATE' as const], ephemeralStorage: { sizeInGiB: disk } };

/**
 * `stage` or `warden`: the same program in the same image.
 *
 * @param positions of the steps whose files it reaches
 */
function stagingContainer(
  input: TaskDefinitionInput,
  mode: StagingContainer,
  positions: readonly number[],
): ContainerDefinition {
  const isWarden = mode === 'warden';
  return {
    name: mode,
    ...pulledImage(normaliseImage(input.stagingImage), input.registries, true),
    essential: isWarden,
    readonlyRootFilesystem: true,
    // Overrides the image's user, because root owns the volumes.
    user: '0',
    entryPoint: ['node', '-e'],
    command: [input.program, mode],
    environment: [
      ...positions.flatMap((position) =>
        VOLUMES.map((name) => variableOf(name, position, pathIn(name, position))),
      ),
      { name: 'FS_BROKER', value: input.brokerUrl },
    ],
    mountPoints: positions.flatMap((position) =>
      VOLUMES.map((name) => {
        const readOnly = isWarden && wardenOnlyReads(name, position, positions.length);
        return mount(name, position, pathIn(name, position), readOnly);
      }),
    ),
    linuxParameters: { initProcessEnabled: true, capabilities: { drop: STAGING_DROPS } },
    ...(isWarden
      ? { stopTimeout: WARDEN_STOP_SECONDS, dependsOn: [{ containerName: 'stage', condition: 'COMPLETE' }] }
      : {}),
    ...(input.log ? { logConfiguration: logConfiguration(input.log) } : {}),
  };
}

/** Starts after `warden`, so that ECS stops it first and `warden` can still report. */
function stepContainer(
  image: PulledImage,
  { network, gpu }: StepImage,
  position: number,
): ContainerDefinition {
  const before = position === 0 ? 'stage' : stepContainerName(position - 1);
  return {
    name: stepContainerName(position),
    ...image,
    essential: false,
    entryPoint: ['/bin/sh', '-c'],
    command: [position === 0 ? STEP_COMMAND : LATER_STEP_COMMAND],
    environment: VOLUMES.map((name) => variableOf(name, 0, pathIn(name, 0))),
    mountPoints: VOLUMES.map((name) => mount(name, position, pathIn(name, 0), name === 'ctl')),
    ...(network ? { dockerLabels: { [NETWORK_LABEL]: 'true' } } : {}),
    // Instances have one GPU, so that each runs one step at a time.
    ...(gpu ? { resourceRequirements: [{ type: 'GPU' as const, value: '1' }] } : {}),
    linuxParameters: { initProcessEnabled: true, capabilities: { drop: STEP_DROPS } },
    stopTimeout: STEP_STOP_SECONDS,
    dependsOn: [
      { containerName: before, condition: 'COMPLETE' },
      { containerName: 'warden', condition: 'START' },
    ],
  };
}

type Volume = (typeof VOLUMES)[number];

/** `warden` lays out the files of later steps, and removes those of a step that is followed by another one. */
const wardenOnlyReads = (volume: Volume, position: number, steps: number): boolean =>
  volume === 'ctl' ? position === 0 : volume === 'work' && steps === 1;

/** The path of a volume in `stage` and `warden`; that of the first step is the same in the container of the step. */
const pathIn = (volume: Volume, position: number): string =>
  position === 0 ? `/flowserv/${volume}` : `/flowserv/${position}/${volume}`;

const variableOf = (volume: Volume, position: number, value: string) => ({
  name: ofPosition(`FS_${volume.toUpperCase()}`, position),
  value,
});

const mount = (volume: Volume, position: number, containerPath: string, readOnly: boolean) => ({
  sourceVolume: ofPosition(volume, position),
  containerPath,
  readOnly,
});

/** Drops lines if the log service is slow, so that it cannot block a task. */
const logConfiguration = ({ group, region }: { readonly group: string; readonly region: string }) => ({
  logDriver: 'awslogs' as const,
  options: {
    'awslogs-group': group,
    'awslogs-region': region,
    'awslogs-stream-prefix': 'staging',
    mode: 'non-blocking',
  },
});
