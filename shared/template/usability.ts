/** Whether a declaration can be used as it is written: whether its default value fits, and whether any value does. */
import { below, type Location, report } from '../documents/problem.ts';
import { FlowservError } from '../errors.ts';
import { castDefaultValue } from './arguments.ts';
import type { Parameter } from './parameter.ts';
import type { NestedUsability } from './parameter-types/descriptor.ts';
import { type Dtype, declarations } from './parameter-types/types.ts';

const nested: NestedUsability<Parameter> = { reportUnusable };

/**
 * Reports a declaration that takes no value, or refuses its own default value, and those inside it. It is asked when
 * somebody writes declarations: what an earlier release has stored must stay readable.
 */
export function reportUnusable(parameter: Parameter, location: Location): void {
  const before = location.problems.length;
  const ofType = <D extends Dtype>(type: D, typed: Parameter<D>) =>
    declarations[type].reportUnusable(typed, location, nested);
  ofType(parameter.dtype, parameter);
  // One problem has one report.
  if (location.problems.length === before) reportDefault(parameter, below(location, 'defaultValue'));
}

function reportDefault(parameter: Parameter, location: Location): void {
  try {
    castDefaultValue(parameter);
  } catch (error) {
    if (!(error instanceof FlowservError)) throw error;
    report(location, `${error.message}; write one that an argument could have, or leave it out`);
  }
}
