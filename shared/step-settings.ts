import type * as z from 'zod';
import { sizeSchemas } from './size-text.ts';
import { SIZE_KEYS, type StepSizes, sizeProblems, sizeText } from './step-size.ts';

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
};

type Values = { readonly [name in keyof typeof stepVariables]: z.output<(typeof stepVariables)[name]> };

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
});

/** The name of a variable: `FLOWSERV_STEP_CPU`, `FLOWSERV_STEP_MAX_CPU`. */
const variableOf = (kind: string, key: string): string =>
  `FLOWSERV_STEP_${kind === 'maximum' ? 'MAX_' : ''}${key.toUpperCase()}`;

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
export function stepEnvironment(sizes: Pick<StepSizes, 'default' | 'maximum'>): Record<string, string> {
  const written = (kind: 'default' | 'maximum') =>
    SIZE_KEYS.map((key) => [variableOf(kind, key), sizeText(key, sizes[kind][key])]);
  return Object.fromEntries([...written('default'), ...written('maximum')]);
}
