/**
 * Parameter declarations in their canonical form.
 *
 * Source: flowServ template specification, parameter declarations; HTTP API, object `Parameter`.
 */
import type { PythonValue } from '../documents/python-value.ts';
import type { Range } from './range.ts';

/** What all types of parameters declare. */
export interface ParameterBase {
  /** Unique in its template; references name it. */
  readonly name: string;
  /** Position in a form; several parameters may share one. */
  readonly index: number;
  readonly isRequired: boolean;
  /** Display name; the name stands in when it is absent. */
  readonly label?: string;
  readonly help?: string;
  /** As written in the template: neither cast nor checked. Never null, which counts as no default. */
  readonly defaultValue?: PythonValue;
  /** Name of the parameter group in which a form shows the parameter. */
  readonly group?: string;
}

export interface BoolParameter extends ParameterBase {
  readonly dtype: 'bool';
}

export interface StringParameter extends ParameterBase {
  readonly dtype: 'string';
}

export interface NumericParameter extends ParameterBase {
  readonly dtype: 'int' | 'float';
  readonly range?: Range;
}

export interface SelectOption {
  readonly name: string;
  readonly value: PythonValue;
  readonly isDefault?: boolean;
}

export interface SelectParameter extends ParameterBase {
  readonly dtype: 'select';
  readonly values: readonly SelectOption[];
}

export interface FileParameter extends ParameterBase {
  readonly dtype: 'file';
  /** Normal relative path in the run directory, or null when the user or the default value names it. */
  readonly target: string | null;
}

export interface ListParameter extends ParameterBase {
  readonly dtype: 'list';
  /** Declaration of the elements. */
  readonly para: Parameter;
}

export interface RecordParameter extends ParameterBase {
  readonly dtype: 'record';
  readonly fields: readonly Parameter[];
}

/** A parameter whose argument is a complete workflow step. */
export interface ActorParameter extends ParameterBase {
  readonly dtype: 'actor';
}

export type Parameter =
  | BoolParameter
  | StringParameter
  | NumericParameter
  | SelectParameter
  | FileParameter
  | ListParameter
  | RecordParameter
  | ActorParameter;

export type Dtype = Parameter['dtype'];

/** Parameters in the order of a form: by index, declaration order where the index is the same. */
export function displayOrder<P extends ParameterBase>(parameters: readonly P[]): P[] {
  return parameters.toSorted((a, b) => a.index - b.index);
}
