import type { ContainerLaunch, TaskLaunch } from '../../ecs/runner.ts';

/** A task of one vCPU and 2 GiB without volumes. */
export const taskLaunch = (given: Partial<TaskLaunch> = {}): TaskLaunch => ({
  taskId: 'a'.repeat(32),
  volumes: [],
  cpuUnits: 1024,
  memoryMiB: 2048,
  diskGiB: 21,
  architecture: 'X86_64',
  metadataEndpoint: 'http://127.0.0.1:1',
  containers: [],
  ...given,
});

/** A container with defaults only. */
export const containerLaunch = (given: Partial<ContainerLaunch> = {}): ContainerLaunch => ({
  name: 'main',
  image: 'image',
  entryPoint: [],
  command: [],
  environment: {},
  workingDirectory: undefined,
  mounts: [],
  user: undefined,
  readonlyRootFilesystem: false,
  initProcess: false,
  droppedCapabilities: [],
  addedCapabilities: [],
  openFiles: undefined,
  labels: {},
  cpu: 0,
  memoryMiB: undefined,
  metadataId: 'none',
  ...given,
});
