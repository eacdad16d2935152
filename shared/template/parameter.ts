import type { ParameterBase } from './parameter-types/descriptor.ts';

export type { Parameter } from './parameter-types/types.ts';

/** Parameters in the order of a form: by index, declaration order where the index is the same. */
export function displayOrder<P extends ParameterBase>(parameters: readonly P[]): P[] {
  return parameters.toSorted((a, b) => a.index - b.index);
}
