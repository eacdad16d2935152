import { createHash } from 'node:crypto';
import type { ContainerDefinition, RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs';
import type { Architecture } from '../architecture.ts';
import { normaliseImage } from './image-reference.ts';
import { type PulledImage, pulledImage, type Registries } from './image-source.ts';
import { STEP_COMMAND } from './step-script.ts';

/** What the tasks of one image depend on, besides the image. */
export interface TaskBuild {
  readonly architecture: Architecture;
  /** Image with Node for `stage` and `warden`, best with a digest. */
  readonly stagingImage: string;
  /** Text of the staging program for `node -e`. */
  readonly program: string;
  /** Where images are pulled from, and with which logins. */
  readonly registries: Registries;
  /** Base URL of the ticket broker. */
  readonly brokerUrl: string;
  /** Pulls images and writes logs; a task has no other role. */
  readonly executionRoleArn?: string;
  /** CloudWatch log group of `stage` and `warden`; it needs an execution role. */
  readonly log?: { readonly group: string; readonly region: string };
}

export interface TaskDefinitionInput extends TaskBuild {
  /** Deployment stage, part of the family's name. */
  readonly stage: string;
  readonly image: StepImage;
}

/** The image of a step. */
export interface StepImage {
  /** As the template or the participant wrote it. */
  readonly reference: string;
  /** Whether it is the template's in a step of the organiser's, so that the stage's logins are for it. */
  readonly own: boolean;
  /** Whether local runners open the network to the step; absent is false. */
  readonly network?: boolean | undefined;
}

/** Where the volumes are in every container. The local container service rewrites these in the environment. */
const PATHS = { work: '/flowserv/work', ctl: '/flowserv/ctl', log: '/flowserv/log' } as const;

/** Sizes are given for each run; a definition has to name some. */
const DEFAULT_CPU = '1024';
const DEFAULT_MEMORY = '2048';
/** The disk cannot be given for each run: `runTask.sync` is not known to take it. Fargate gives 21 GiB at least. */
const DISK_GIB = 21;

/** Fargate's longest time between SIGTERM and SIGKILL: what `warden` has for partial logs and the status. */
const WARDEN_STOP_SECONDS = 120;
const STEP_STOP_SECONDS = 30;

/** Label of a step's container that may use the network; only local runners read it. */
export const NETWORK_LABEL = 'flowserv.network';
/** Name of the container that runs a step's commands. */
export const STEP_CONTAINER = 'step';

/** What a step needs none of; dropping everything would break package managers and `chown`. */
const STEP_DROPS = ['NET_RAW', 'MKNOD', 'AUDIT_WRITE', 'SETFCAP', 'SYS_CHROOT', 'NET_BIND_SERVICE'];
/** All of Docker's default capabilities but DAC_OVERRIDE and FOWNER, which reach files of any mode and owner. */
const STAGING_DROPS = [...STEP_DROPS, 'CHOWN', 'FSETID', 'KILL', 'SETGID', 'SETPCAP', 'SETUID'];

/**
 * Family of an image's task definition: one family for each image and build, so that a registered definition
 * never changes its meaning and no two images share one.
 *
 * 128 bits of the digest, since whoever can find a collision could take the place of another image.
 */
export function imageFamily(input: TaskDefinitionInput): string {
  const digest = createHash('sha256')
    .update(JSON.stringify(taskContent(input)))
    .digest('hex');
  return `flowserv-${input.stage}-${digest.slice(0, 32)}`;
}

/**
 * The task definition for steps of one image: `stage` lays out the files, then the image runs the step while
 * `warden`, the only essential container, waits for its end and uploads what is kept.
 *
 * There is no task role, as all containers of a task would share it; the ticket comes by override, to `stage`
 * and `warden` only. The step's container cannot write to `ctl`. Everything that changes with a run is an
 * override (AWS ECS API reference, RegisterTaskDefinition and ContainerOverride).
 *
 * @throws FlowservError 400 `image.invalid`
 */
export function taskDefinition(input: TaskDefinitionInput): RegisterTaskDefinitionCommandInput {
  return { family: imageFamily(input), ...taskContent(input) };
}

function taskContent(input: TaskDefinitionInput): Omit<RegisterTaskDefinitionCommandInput, 'family'> {
  return {
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: DEFAULT_CPU,
    memory: DEFAULT_MEMORY,
    ephemeralStorage: { sizeInGiB: DISK_GIB },
    runtimePlatform: { cpuArchitecture: input.architecture, operatingSystemFamily: 'LINUX' },
    ...(input.executionRoleArn ? { executionRoleArn: input.executionRoleArn } : {}),
    volumes: Object.keys(PATHS).map((name) => ({ name })),
    containerDefinitions: [
      stagingContainer(input, 'stage'),
      stagingContainer(input, 'warden'),
      stepContainer(
        pulledImage(normaliseImage(input.image.reference), input.registries, input.image.own),
        input.image.network ?? false,
      ),
    ],
  };
}

/** `stage` or `warden`: the same program in the same image. */
function stagingContainer(input: TaskDefinitionInput, mode: 'stage' | 'warden'): ContainerDefinition {
  const isWarden = mode === 'warden';
  return {
    name: mode,
    ...pulledImage(normaliseImage(input.stagingImage), input.registries, true),
    essential: isWarden,
    readonlyRootFilesystem: true,
    // Whatever user the image names: the volumes are root's.
    user: '0',
    entryPoint: ['node', '-e'],
    command: [input.program, mode],
    environment: [...pathEnvironment(), { name: 'FS_BROKER', value: input.brokerUrl }],
    mountPoints: mounts(isWarden ? ['work', 'ctl'] : []),
    linuxParameters: { initProcessEnabled: true, capabilities: { drop: STAGING_DROPS } },
    ...(isWarden
      ? { stopTimeout: WARDEN_STOP_SECONDS, dependsOn: [{ containerName: 'stage', condition: 'COMPLETE' }] }
      : {}),
    ...(input.log ? { logConfiguration: logConfiguration(input.log) } : {}),
  };
}

/** It starts after `warden`, so that ECS stops it first and `warden` can still report. */
function stepContainer(image: PulledImage, network: boolean): ContainerDefinition {
  return {
    name: STEP_CONTAINER,
    ...image,
    essential: false,
    entryPoint: ['/bin/sh', '-c'],
    command: [STEP_COMMAND],
    environment: pathEnvironment(),
    mountPoints: mounts(['ctl']),
    ...(network ? { dockerLabels: { [NETWORK_LABEL]: 'true' } } : {}),
    linuxParameters: { initProcessEnabled: true, capabilities: { drop: STEP_DROPS } },
    stopTimeout: STEP_STOP_SECONDS,
    dependsOn: [
      { containerName: 'stage', condition: 'COMPLETE' },
      { containerName: 'warden', condition: 'START' },
    ],
  };
}

const pathEnvironment = () => [
  { name: 'FS_WORK', value: PATHS.work },
  { name: 'FS_CTL', value: PATHS.ctl },
  { name: 'FS_LOG', value: PATHS.log },
];

const mounts = (readOnly: readonly string[]) =>
  Object.entries(PATHS).map(([name, path]) => ({
    sourceVolume: name,
    containerPath: path,
    readOnly: readOnly.includes(name),
  }));

/** Lines are dropped rather than that a slow log service holds up a task. */
const logConfiguration = ({ group, region }: { readonly group: string; readonly region: string }) => ({
  logDriver: 'awslogs' as const,
  options: {
    'awslogs-group': group,
    'awslogs-region': region,
    'awslogs-stream-prefix': 'staging',
    mode: 'non-blocking',
  },
});
