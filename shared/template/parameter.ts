import type { ParameterBase } from './parameter-types/descriptor.ts';

export type { Parameter } from './parameter-types/types.ts';

/** Returns parameters in the order of a form: by index, then in the order of declaration. */
export function displayOrder<P extends ParameterBase>(parameters: readonly P[]): P[] {
  return parameters.toSorted((a, b) => a.index - b.index);
}
