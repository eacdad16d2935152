/**
 * The size of a step's task, in the units of the names that users write, and the sizes that Fargate has.
 *
 * Used by the settings of a deployment and by the engine.
 */

/** Resources and time limit of a step's task. */
export interface StepSize {
  /** vCPUs. */
  readonly cpu: number;
  /** Memory in MiB. */
  readonly memory: number;
  /** Disk in GiB. */
  readonly disk: number;
  /** Time limit in seconds, from the start of the step's container. */
  readonly timeout: number;
}

/** Names of the sizes, as users write them. */
export const SIZE_KEYS = ['cpu', 'memory', 'disk', 'timeout'] as const;
export type SizeKey = (typeof SIZE_KEYS)[number];

/** What a worker requests. The default of the stage applies to the rest. */
export type SizeRequest = { readonly [key in SizeKey]?: number | undefined };

/** The instances that run steps with a GPU, one step each. */
export interface GpuInstances {
  /** Name of their capacity provider. */
  readonly provider: string;
  /** vCPUs of a step. */
  readonly cpu: number;
  /** Memory of a step in MiB. */
  readonly memory: number;
  /** Disk of a step in GiB. */
  readonly disk: number;
}

/** Sizes of the steps of a deployment. */
export interface StepSizes {
  /** Size of a step that requests nothing. */
  readonly default: StepSize;
  readonly maximum: StepSize;
  /** vCPUs that all runs may hold at the same time. */
  readonly capacity: number;
  /** Undefined if steps have no GPU. */
  readonly gpu?: GpuInstances | undefined;
}

/** A request that a deployment does not permit. */
export interface SizeExcess {
  readonly key: SizeKey | 'gpu';
  /** The value, the limit and the way out, as the end of a sentence. */
  readonly message: string;
}

/** CPU units of one vCPU (Amazon ECS, task CPU and memory). */
const UNITS_PER_VCPU = 1024;
/** Disk of a Fargate task in GiB: 20 are free of charge and cannot be requested (Amazon ECS, EphemeralStorage). */
const DISK = { lowest: 21, highest: 200 };
/**
 * Maximum time limit of a step: a day less than that of a whole run, so that a step that takes its time ends with a
 * reason of its own.
 */
const MAX_TIMEOUT_SECONDS = 6 * 86_400;

/**
 * Task sizes that Fargate has for Linux: vCPUs with the lowest and highest memory in MiB and the steps between them
 * (Amazon ECS developer guide, task definition parameters for Fargate, task size). With a quarter vCPU the memory
 * doubles: 512, 1,024 and 2,048 MiB.
 */
const FARGATE: readonly { readonly cpu: number; readonly memory: readonly [number, number, number] }[] = [
  { cpu: 0.25, memory: [512, 2048, 512] },
  { cpu: 0.5, memory: [1024, 4096, 1024] },
  { cpu: 1, memory: [2048, 8192, 1024] },
  { cpu: 2, memory: [4096, 16_384, 1024] },
  { cpu: 4, memory: [8192, 30_720, 1024] },
  { cpu: 8, memory: [16_384, 61_440, 4096] },
  { cpu: 16, memory: [32_768, 122_880, 8192] },
];

/** Returns the smallest task of Fargate with at least these resources; undefined if it has none. */
export function fargateSize(
  cpu: number,
  memory: number,
): { readonly cpu: number; readonly memory: number } | undefined {
  const found = FARGATE.find((size) => size.cpu >= cpu && size.memory[1] >= memory);
  if (!found) return undefined;
  const [lowest, , step] = found.memory;
  const wanted = Math.max(lowest, Math.ceil(memory / step) * step);
  return { cpu: found.cpu, memory: found.cpu === 0.25 && wanted > 1024 ? 2048 : wanted };
}

/** CPU and memory of a size as ECS takes them: CPU units and MiB as text (Amazon ECS API reference, RunTask). */
export const taskSize = ({ cpu, memory }: StepSize) => ({
  cpu: String(cpu * UNITS_PER_VCPU),
  memory: String(memory),
});

/**
 * Returns the size of a step: the requested values, or the defaults, rounded up to a task that Fargate has. Memory
 * that needs more CPU raises the CPU, and CPU that needs more memory raises the memory.
 */
export function sizeOf(request: SizeRequest, { default: own }: Pick<StepSizes, 'default'>): StepSize {
  const { cpu = own.cpu, memory = own.memory, disk = own.disk, timeout = own.timeout } = request;
  const task = fargateSize(cpu, memory) ?? { cpu, memory };
  return { ...task, disk: Math.max(DISK.lowest, disk), timeout };
}

/** Returns the size of a step with a GPU: that of its instance, with the requested time limit. */
export function gpuSizeOf({ timeout }: SizeRequest, { default: own, gpu }: StepSizes): StepSize {
  if (!gpu) throw new Error('this deployment has no instances with a GPU');
  return { cpu: gpu.cpu, memory: gpu.memory, disk: gpu.disk, timeout: timeout ?? own.timeout };
}

/** Returns why a step cannot have a GPU with this request. */
export function gpuExcessesOf(request: SizeRequest, sizes: StepSizes): SizeExcess[] {
  if (!sizes.gpu) {
    return [{ key: 'gpu', message: 'this deployment has no GPU; remove it, or ask the operator for one' }];
  }
  const fixed = (['cpu', 'memory', 'disk'] as const).filter((key) => request[key] !== undefined);
  const message = 'a step with a GPU gets a whole instance, whose size the deployment sets; remove it';
  return [...fixed.map((key) => ({ key, message })), ...excessesOf({ timeout: request.timeout }, sizes)];
}

/** Returns which values of a request exceed the maxima, or that its task exceeds the capacity. */
export function excessesOf(request: SizeRequest, sizes: StepSizes): SizeExcess[] {
  const { maximum, capacity } = sizes;
  const above = SIZE_KEYS.flatMap((key): SizeExcess[] => {
    const value = request[key];
    if (value === undefined || value <= maximum[key]) return [];
    return [
      { key, message: `${sizeText(key, value)} exceeds the maximum of ${sizeText(key, maximum[key])}` },
    ];
  });
  if (above.length > 0) return above;
  const { cpu } = sizeOf(request, sizes);
  if (cpu <= capacity) return [];
  const cause = request.cpu === undefined && request.memory !== undefined ? 'memory' : 'cpu';
  const why = `a task of ${sizeText('cpu', cpu)} exceeds the capacity of ${sizeText('cpu', capacity)}`;
  return [{ key: cause, message: `${why}; request less, or raise the capacity` }];
}

/** Returns what is wrong with the sizes of a deployment, by the path of the value. */
export function sizeProblems({ default: own, maximum, capacity }: StepSizes): [string[], string][] {
  const problems: [string[], string][] = [];
  for (const [name, size] of [['default', own] as const, ['maximum', maximum] as const]) {
    const fits = fargateSize(size.cpu, size.memory);
    if (fits?.cpu !== size.cpu) {
      problems.push([[name, 'cpu'], `Fargate has no task with ${taskText(size)}${nextText(fits)}`]);
    } else if (fits.memory !== size.memory) {
      problems.push([[name, 'memory'], `Fargate has no task with ${taskText(size)}${nextText(fits)}`]);
    }
    if (size.disk < DISK.lowest || size.disk > DISK.highest) {
      problems.push([[name, 'disk'], `must be from ${DISK.lowest} to ${DISK.highest} GiB`]);
    }
    if (size.timeout > MAX_TIMEOUT_SECONDS) {
      problems.push([[name, 'timeout'], `must be at most ${sizeText('timeout', MAX_TIMEOUT_SECONDS)}`]);
    }
  }
  for (const key of SIZE_KEYS) {
    if (own[key] > maximum[key]) {
      problems.push([['default', key], `exceeds the maximum of ${sizeText(key, maximum[key])}`]);
    }
  }
  if (own.cpu > capacity) {
    problems.push([['default', 'cpu'], `exceeds the capacity of ${sizeText('cpu', capacity)}`]);
  }
  return problems;
}

const taskText = ({ cpu, memory }: Pick<StepSize, 'cpu' | 'memory'>): string =>
  `${sizeText('cpu', cpu)} and ${sizeText('memory', memory)}`;

const nextText = (fits: Pick<StepSize, 'cpu' | 'memory'> | undefined): string =>
  fits ? `; the next one has ${taskText(fits)}` : '';

/** A value with its unit, as users write it. */
export function sizeText(key: SizeKey, value: number): string {
  if (key === 'cpu') return `${value} vCPU`;
  if (key === 'disk') return `${value} GiB`;
  if (key === 'memory') return value % 1024 === 0 ? `${value / 1024} GiB` : `${value} MiB`;
  if (value % 3600 === 0) return `${value / 3600} h`;
  return value % 60 === 0 ? `${value / 60} min` : `${value} s`;
}
