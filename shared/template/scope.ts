/**
 * The values of references in one run: cast arguments first, then default values.
 *
 * Source: flowServ template specification, parameter references and missing values.
 */

import { pythonText } from '../documents/python-text.ts';
import type { PythonValue } from '../documents/python-value.ts';
import { unknownObject } from '../errors.ts';
import { type Argument, type Arguments, effectiveDefault, missingArgument } from './arguments.ts';
import type { Parameter } from './parameter.ts';
import { hasDefault } from './parameter-types/must-be-given.ts';
import type { Reference } from './references.ts';

export interface Scope {
  /** The parameter's declaration, or undefined. */
  readonly parameter: (name: string) => Parameter | undefined;
  /** The supplied argument, or undefined: an actor step without one is skipped. */
  readonly argument: (name: string) => Argument | undefined;
  /**
   * The effective value: the argument, else the default value; for a file its target path.
   *
   * @throws 400 `missing argument for '…'`, 404 if no such parameter is declared.
   */
  readonly value: (name: string) => PythonValue;
  /** Whether the parameter is optional and has neither an argument nor a default value. */
  readonly isLeftOut: (name: string) => boolean;
  /** The Python text of the effective value. Throws the errors of `value`. */
  readonly text: (name: string) => string;
}

export function createScope(parameters: readonly Parameter[], given: Arguments): Scope {
  const declared = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  const value = (name: string): PythonValue => {
    const argument = given.get(name);
    if (argument !== undefined) return argument.value;
    const parameter = declared.get(name);
    if (parameter === undefined) throw unknownObject('parameter', name);
    const byDefault = effectiveDefault(parameter);
    if (byDefault === undefined) throw missingArgument(name);
    return byDefault;
  };
  return {
    parameter: (name) => declared.get(name),
    argument: (name) => given.get(name),
    value,
    isLeftOut: (name) => {
      const parameter = declared.get(name);
      return (
        parameter !== undefined &&
        !parameter.isRequired &&
        !given.has(name) &&
        !hasDefault(parameter.defaultValue)
      );
    },
    text: (name) => pythonText(value(name)),
  };
}

/**
 * Returns the value of one reference: the effective value, or for `$[[name ? a : b]]` the text `a` if the text of the
 * value is `true` in any case, else `b` (null if there is no second branch). An omitted optional parameter is not
 * true.
 */
export function resolveReference(reference: Reference, scope: Scope): PythonValue {
  const { name, branches } = reference;
  if (branches === undefined) return scope.value(name);
  const isTrue = !scope.isLeftOut(name) && scope.text(name).toLowerCase() === 'true';
  return isTrue ? branches.whenTrue : branches.whenFalse;
}

/**
 * Returns the template files that a run needs at another path: the default of a file parameter without an argument, if
 * the declared target differs from it.
 */
export function defaultFileCopies(
  parameters: readonly Parameter[],
  given: Arguments,
): readonly { readonly source: string; readonly target: string }[] {
  return parameters.flatMap((parameter) => {
    if (parameter.dtype !== 'file' || given.has(parameter.name)) return [];
    const { defaultValue: source, target } = parameter;
    return typeof source === 'string' && target !== null && source !== target ? [{ source, target }] : [];
  });
}
