import * as z from 'zod';
import { sizeSchemas } from './size-text.ts';
import { type GpuInstances, SIZE_KEYS, type StepSizes, sizeProblems, sizeText } from './step-size.ts';

/** The settings of the sizes of steps, as environment variables. */
export const stepVariables = {
  FLOWSERV_STEP_CPU: sizeSchemas.cpu.prefault('1'),
  FLOWSERV_STEP_MEMORY: sizeSchemas.memory.prefault('2 GiB'),
  FLOWSERV_STEP_DISK: sizeSchemas.disk.prefault('21'),
  FLOWSERV_STEP_TIMEOUT: sizeSchemas.timeout.prefault('24 h'),
  FLOWSERV_STEP_MAX_CPU: sizeSchemas.cpu.prefault('4'),
  FLOWSERV_STEP_MAX_MEMORY: sizeSchemas.memory.prefault('30 GiB'),
  FLOWSERV_STEP_MAX_DISK: sizeSchemas.disk.prefault('200'),
  FLOWSERV_STEP_MAX_TIMEOUT: sizeSchemas.timeout.prefault('24 h'),
  /** Capacity provider of the instances with a GPU; unset if there is none. */
  FLOWSERV_STEP_GPU_PROVIDER: z.string().min(1).optional(),
  FLOWSERV_STEP_GPU_CPU: sizeSchemas.cpu.prefault('4'),
  FLOWSERV_STEP_GPU_MEMORY: sizeSchemas.memory.prefault('14 GiB'),
  FLOWSERV_STEP_GPU_DISK: sizeSchemas.disk.prefault('50'),
};

type Values = z.output<z.ZodObject<typeof stepVariables>>;

export const stepSizesOf = (values: Values, capacity: number): StepSizes => ({
  default: {
    cpu: values.FLOWSERV_STEP_CPU,
    memory: values.FLOWSERV_STEP_MEMORY,
    disk: values.FLOWSERV_STEP_DISK,
    timeout: values.FLOWSERV_STEP_TIMEOUT,
  },
  maximum: {
    cpu: values.FLOWSERV_STEP_MAX_CPU,
    memory: values.FLOWSERV_STEP_MAX_MEMORY,
    disk: values.FLOWSERV_STEP_MAX_DISK,
    timeout: values.FLOWSERV_STEP_MAX_TIMEOUT,
  },
  capacity,
  gpu: gpuOf(values),
});

const gpuOf = (values: Values): GpuInstances | undefined =>
  values.FLOWSERV_STEP_GPU_PROVIDER === undefined
    ? undefined
    : {
        provider: values.FLOWSERV_STEP_GPU_PROVIDER,
        cpu: values.FLOWSERV_STEP_GPU_CPU,
        memory: values.FLOWSERV_STEP_GPU_MEMORY,
        disk: values.FLOWSERV_STEP_GPU_DISK,
      };

/** The parts of the names of variables. */
const KINDS: Readonly<Record<string, string>> = { default: '', maximum: 'MAX_', gpu: 'GPU_' };

/** The name of a variable: `FLOWSERV_STEP_CPU`, `FLOWSERV_STEP_MAX_CPU`. */
const variableOf = (kind: string, key: string): string => `FLOWSERV_STEP_${KINDS[kind]}${key.toUpperCase()}`;

/** Reports what is wrong with the variables, as a check of the schema of an environment. */
export function checkSteps({
  value,
  issues,
}: z.core.ParsePayload<Values & { readonly FLOWSERV_CAPACITY: number }>): void {
  for (const [[kind = '', key = ''], message] of sizeProblems(stepSizesOf(value, value.FLOWSERV_CAPACITY))) {
    issues.push({ code: 'custom', path: [variableOf(kind, key)], message, input: value });
  }
}

/** The variables of sizes. */
export function stepEnvironment(
  sizes: Pick<StepSizes, 'default' | 'maximum' | 'gpu'>,
): Record<string, string> {
  const written = (kind: 'default' | 'maximum') =>
    SIZE_KEYS.map((key) => [variableOf(kind, key), sizeText(key, sizes[kind][key])]);
  return {
    ...Object.fromEntries([...written('default'), ...written('maximum')]),
    ...(sizes.gpu && gpuEnvironment(sizes.gpu)),
  };
}

/** The variable with the capacity provider of the instances with a GPU, if there is one. */
export const gpuProvider = (gpu: GpuInstances | undefined): Record<string, string> =>
  gpu ? { FLOWSERV_STEP_GPU_PROVIDER: gpu.provider } : {};

const gpuEnvironment = (size: GpuInstances): Record<string, string> => ({
  ...gpuProvider(size),
  ...Object.fromEntries(
    (['cpu', 'memory', 'disk'] as const).map((key) => [variableOf('gpu', key), sizeText(key, size[key])]),
  ),
});
