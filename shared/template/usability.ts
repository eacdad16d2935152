/** Checks whether a declaration is usable as written: whether its default value is valid, and whether any value is. */
import { below, type Location, report } from '../documents/problem.ts';
import { FlowservError } from '../errors.ts';
import { castDefaultValue } from './arguments.ts';
import type { Parameter } from './parameter.ts';
import type { NestedUsability } from './parameter-types/descriptor.ts';
import { type Dtype, declarations } from './parameter-types/types.ts';

const nested: NestedUsability<Parameter> = { reportUnusable };

/**
 * Reports a declaration that accepts no value, or rejects its own default value, and those inside it. Called only for
 * new declarations: stored declarations of earlier releases must stay readable.
 */
export function reportUnusable(parameter: Parameter, location: Location): void {
  const before = location.problems.length;
  const ofType = <D extends Dtype>(type: D, typed: Parameter<D>) =>
    declarations[type].reportUnusable(typed, location, nested);
  ofType(parameter.dtype, parameter);
  // Report each problem once.
  if (location.problems.length === before) reportDefault(parameter, below(location, 'defaultValue'));
}

function reportDefault(parameter: Parameter, location: Location): void {
  try {
    castDefaultValue(parameter);
  } catch (error) {
    if (!(error instanceof FlowservError)) throw error;
    report(location, `${error.message}; use a valid value, or remove it`);
  }
}
