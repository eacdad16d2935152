import { describe, expect, it } from 'vitest';
import { bundleStagingProgram } from '../../infra/bundle/staging-program.ts';
import { LATER_STEP_COMMAND, STEP_COMMAND } from '../../shared/engine/step-script.ts';
import { imageFamily, taskDefinition } from '../../shared/engine/task-definition.ts';

const build = {
  architecture: 'X86_64',
  stagingImage: 'public.ecr.aws/docker/library/node:24-alpine',
  program: 'eval("")',
  registries: { sources: [], logins: [] },
  brokerUrl: 'https://example.org/internal/steps',
} as const;
const input = { ...build, stage: 'dev', image: { reference: 'python:3.7', own: true } };
const familyOf = (change: object) => imageFamily({ ...input, ...change });
const image = (reference: string) => ({ image: { reference, own: true } });
const container = (name: string, overrides: object = {}) =>
  taskDefinition({ ...input, ...overrides }).containerDefinitions?.find((entry) => entry.name === name);
const variables = (name: string) => (container(name)?.environment ?? []).map((entry) => entry.name);

describe('a task definition', () => {
  it('has no role that a step could use', () => {
    const definition = taskDefinition({ ...input, executionRoleArn: 'arn:aws:iam::1:role/pull' });
    expect(definition.taskRoleArn).toBeUndefined();
    expect(definition.executionRoleArn).toBe('arn:aws:iam::1:role/pull');
  });

  it('is small enough for ECS with the staging program in it, twice', async () => {
    const { text } = await bundleStagingProgram();
    const login = 'arn:aws:secretsmanager:ap-southeast-5:123456789012:secret:'.padEnd(600, 'x');
    const definition = taskDefinition({
      ...input,
      stage: 'sixteenlettersab',
      program: text,
      image: { reference: `registry.example.org/${'a'.repeat(200)}:1`, own: true },
      registries: { sources: [], logins: [{ prefix: 'registry.example.org', secretArn: login }] },
      executionRoleArn: 'x'.repeat(120),
      log: { group: '/flowserv/sixteenlettersab/staging', region: 'ap-southeast-5' },
      steps: 8,
    });
    // A task definition has at most ten containers.
    expect(definition.containerDefinitions).toHaveLength(10);
    // "Task definition size" (Amazon ECS service quotas).
    expect(Buffer.byteLength(JSON.stringify(definition))).toBeLessThan(64 * 1024);
  });

  it('runs the normalised image with the staged script', () => {
    expect(container('step')).toMatchObject({
      image: 'docker.io/library/python:3.7',
      essential: false,
      entryPoint: ['/bin/sh', '-c'],
      command: [STEP_COMMAND],
      dependsOn: [
        { containerName: 'stage', condition: 'COMPLETE' },
        { containerName: 'warden', condition: 'START' },
      ],
    });
  });

  it('pulls the images of all containers from the sources of the stage', () => {
    const registries = {
      sources: [
        { prefix: 'docker.io', target: 'mirror.example.org/hub' },
        { prefix: 'public.ecr.aws', target: 'mirror.example.org/public' },
      ],
      logins: [],
    };
    expect(container('step', { registries })?.image).toBe('mirror.example.org/hub/library/python:3.7');
    for (const name of ['stage', 'warden']) {
      const definition = container(name, { registries });
      expect(definition?.image).toBe('mirror.example.org/public/docker/library/node:24-alpine');
    }
  });

  it('has the login of a private registry only for an organiser’s image, in a family of its own', () => {
    const secretArn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:hub-AbCdEf';
    const registries = { sources: [], logins: [{ prefix: 'ghcr.io/lab', secretArn }] };
    const reference = 'ghcr.io/lab/scorer:1';
    const own = { registries, image: { reference, own: true } };
    const chosen = { registries, image: { reference, own: false } };
    expect(container('step', own)?.repositoryCredentials).toEqual({ credentialsParameter: secretArn });
    expect(container('step', chosen)?.repositoryCredentials).toBeUndefined();
    expect(JSON.stringify(taskDefinition({ ...input, ...chosen }))).not.toContain('secret');
    expect(familyOf(own)).not.toBe(familyOf(chosen));
  });

  it('runs on an instance with one GPU for the container of the step, if the step has one', () => {
    const wanted = { reference: 'pytorch/pytorch', own: true, disk: 50 };
    const made = taskDefinition({ ...input, image: { ...wanted, gpu: true } });
    expect(made).toMatchObject({ requiresCompatibilities: ['EC2'], networkMode: 'awsvpc' });
    expect(made).not.toHaveProperty('ephemeralStorage');
    const gpus = made.containerDefinitions?.map(({ name, resourceRequirements }) => [
      name,
      resourceRequirements,
    ]);
    expect(gpus).toEqual([
      ['stage', undefined],
      ['warden', undefined],
      ['step', [{ type: 'GPU', value: '1' }]],
    ]);
    expect(made.family).not.toBe(familyOf({ image: wanted }));
  });

  it('marks the container of a step that may use the network, and no other', () => {
    const open = { image: { reference: 'python:3.7', own: true, network: true } };
    const closed = { image: { reference: 'python:3.7', own: true, network: false } };
    expect(container('step', open)?.dockerLabels).toEqual({ 'flowserv.network': 'true' });
    for (const name of ['stage', 'warden']) expect(container(name, open)).not.toHaveProperty('dockerLabels');
    expect(container('step')).not.toHaveProperty('dockerLabels');
    expect(familyOf(closed)).toBe(familyOf({}));
    expect(familyOf(open)).not.toBe(familyOf({}));
  });

  it('sets the disk size, and lays out files as root regardless of the image’s user', () => {
    expect(taskDefinition(input).ephemeralStorage).toEqual({ sizeInGiB: 21 });
    const large = { image: { ...input.image, disk: 50 } };
    expect(taskDefinition({ ...input, ...large }).ephemeralStorage).toEqual({ sizeInGiB: 50 });
    expect(familyOf(large)).not.toBe(familyOf({}));
    expect(familyOf({ image: { ...input.image, disk: 21 } })).toBe(familyOf({}));
    expect(container('stage')?.user).toBe('0');
    expect(container('warden')?.user).toBe('0');
    expect(container('step')?.user).toBeUndefined();
  });

  it('has one essential container, which gets two minutes to report a stop', () => {
    const essential = taskDefinition(input).containerDefinitions?.filter((entry) => entry.essential);
    expect(essential).toMatchObject([
      {
        name: 'warden',
        stopTimeout: 120,
        command: ['eval("")', 'warden'],
        dependsOn: [{ containerName: 'stage', condition: 'COMPLETE' }],
      },
    ]);
  });

  it('contains the broker’s address only for the staging program, and no ticket', () => {
    expect(variables('stage')).toEqual(['FS_WORK', 'FS_CTL', 'FS_LOG', 'FS_BROKER']);
    expect(variables('warden')).toEqual(['FS_WORK', 'FS_CTL', 'FS_LOG', 'FS_BROKER']);
    expect(variables('step')).toEqual(['FS_WORK', 'FS_CTL', 'FS_LOG']);
  });

  it('mounts each volume at the path in its variable, and ctl read-only for the step', () => {
    const mounts = container('step')?.mountPoints ?? [];
    expect(mounts.map(({ containerPath }) => containerPath)).toEqual(
      (container('step')?.environment ?? []).map(({ value }) => value),
    );
    const readOnly = (name: string) =>
      (container(name)?.mountPoints ?? [])
        .filter((mount) => mount.readOnly)
        .map((mount) => mount.sourceVolume);
    expect(readOnly('step')).toEqual(['ctl']);
    expect(readOnly('warden')).toEqual(['work', 'ctl']);
    expect(readOnly('stage')).toEqual([]);
  });

  it('lets the warden read files of any mode and owner', () => {
    const dropped = container('warden')?.linuxParameters?.capabilities?.drop ?? [];
    expect(dropped).toContain('NET_RAW');
    expect(dropped).not.toContain('DAC_OVERRIDE');
    expect(container('step')?.linuxParameters?.capabilities?.drop).not.toContain('CHOWN');
  });

  it('logs only the staging program, and only with a log group', () => {
    const log = { group: '/flowserv/dev/staging', region: 'eu-central-1' };
    expect(container('stage', { log })?.logConfiguration).toEqual({
      logDriver: 'awslogs',
      options: {
        'awslogs-group': '/flowserv/dev/staging',
        'awslogs-region': 'eu-central-1',
        'awslogs-stream-prefix': 'staging',
        mode: 'non-blocking',
      },
    });
    expect(container('step', { log })?.logConfiguration).toBeUndefined();
    expect(container('stage')?.logConfiguration).toBeUndefined();
  });
});

describe('a task definition for several steps', () => {
  const mountsOf = (name: string) =>
    (container(name, { steps: 3 })?.mountPoints ?? []).map(
      ({ sourceVolume, containerPath, readOnly }) =>
        `${sourceVolume} ${containerPath} ${readOnly ? 'ro' : 'rw'}`,
    );

  it('gives each step volumes of its own, at the same paths, and ctl read-only', () => {
    expect(mountsOf('step')).toEqual([
      'work /flowserv/work rw',
      'ctl /flowserv/ctl ro',
      'log /flowserv/log rw',
    ]);
    expect(mountsOf('step1')).toEqual([
      'work1 /flowserv/work rw',
      'ctl1 /flowserv/ctl ro',
      'log1 /flowserv/log rw',
    ]);
    expect(mountsOf('step2')).toEqual([
      'work2 /flowserv/work rw',
      'ctl2 /flowserv/ctl ro',
      'log2 /flowserv/log rw',
    ]);
  });

  it('starts each step when the one before it stopped, and lets it wait for its files', () => {
    expect(container('step1', { steps: 3 })).toMatchObject({
      essential: false,
      command: [LATER_STEP_COMMAND],
      dependsOn: [
        { containerName: 'step', condition: 'COMPLETE' },
        { containerName: 'warden', condition: 'START' },
      ],
    });
    expect(container('step2', { steps: 3 })?.dependsOn).toContainEqual({
      containerName: 'step1',
      condition: 'COMPLETE',
    });
    expect(container('step', { steps: 3 })).toEqual(container('step'));
  });

  it('lets only the warden reach the files of all steps, at the paths in its variables', () => {
    expect(mountsOf('stage')).toEqual([
      'work /flowserv/work rw',
      'ctl /flowserv/ctl rw',
      'log /flowserv/log rw',
    ]);
    expect(mountsOf('warden')).toEqual([
      ...['work /flowserv/work rw', 'ctl /flowserv/ctl ro', 'log /flowserv/log rw'],
      ...['work1 /flowserv/1/work rw', 'ctl1 /flowserv/1/ctl rw', 'log1 /flowserv/1/log rw'],
      ...['work2 /flowserv/2/work rw', 'ctl2 /flowserv/2/ctl rw', 'log2 /flowserv/2/log rw'],
    ]);
    expect(container('warden', { steps: 2 })?.environment).toContainEqual({
      name: 'FS_WORK1',
      value: '/flowserv/1/work',
    });
    expect(container('step1', { steps: 2 })?.environment).toEqual(container('step')?.environment);
  });

  it('has a family of its own for each number of steps', () => {
    expect(familyOf({ steps: 1 })).toBe(familyOf({}));
    expect(new Set([1, 2, 3].map((steps) => familyOf({ steps }))).size).toBe(3);
  });
});

describe('the family of an image', () => {
  it('is the same for every spelling of an image', () => {
    const family = familyOf({});
    expect(family).toMatch(/^flowserv-dev-[0-9a-f]{32}$/);
    expect(familyOf(image('docker.io/library/python:3.7'))).toBe(family);
    expect(taskDefinition(input).family).toBe(family);
  });

  it.each([
    ['image', familyOf(image('python:3.8'))],
    ['architecture', familyOf({ architecture: 'ARM64' })],
    ['program', familyOf({ program: 'eval("1")' })],
    ['broker', familyOf({ brokerUrl: 'https://other.example' })],
    ['stage', familyOf({ stage: 'prod' })],
  ])('changes with the %s', (_, family) => {
    expect(family).not.toBe(familyOf({}));
  });
});
