/**
 * The exports of a parameter type's file. `types.ts` lists the types; to add one, copy `string.ts`.
 *
 * A type has four exports: `declaration`, `cast`, `form` and `entry`. They are separate so that a function loads only
 * what it calls: the broker reads declarations, but does not cast arguments.
 */

import { exactJson } from '../../documents/exact-json.ts';
import type { Location } from '../../documents/problem.ts';
import { type PythonMapping, type PythonValue, toJsonValue } from '../../documents/python-value.ts';
import type { CastContext } from './cast-context.ts';

/** Elements of all parameter declarations. */
export interface ParameterBase {
  /** Unique in its template; references name it. */
  readonly name: string;
  /** Position in a form; several parameters may share one. */
  readonly index: number;
  readonly isRequired: boolean;
  /** Display name; by default the name. */
  readonly label?: string;
  readonly help?: string;
  /** As written in the template, neither cast nor checked. Never null, which means no default. */
  readonly defaultValue?: PythonValue;
  /** Name of the parameter group in which a form shows the parameter. */
  readonly group?: string;
}

/** The common members of a declaration, with its type. */
export type TypedBase<D> = ParameterBase & { readonly dtype: D };

/**
 * The declaration of a parameter.
 *
 * @template P the parameter
 * @template D its `dtype`
 * @template N the parameters that it may contain
 */
export interface Declaration<
  P extends ParameterBase & { readonly dtype: string },
  D = P['dtype'],
  N extends ParameterBase = ParameterBase,
> {
  /** Names of the elements in addition to those of every declaration. */
  readonly elements: readonly string[];
  /** Reads these elements and reports their problems; undefined if nothing could be built after a report. */
  read(
    base: TypedBase<D>,
    fields: PythonMapping,
    location: Location,
    nested: NestedDeclarations<N>,
  ): P | undefined;
  /** Returns these elements in canonical spelling. */
  document(parameter: P, nested: NestedDeclarations<N>): PythonMapping;
  /** Returns the value of references if the run has no argument; undefined if there is no default value. */
  valueByDefault(parameter: P): PythonValue | undefined;
  /** Whether the default value has the form of an argument; otherwise it cannot be cast. */
  readonly defaultIsArgument: boolean;
  /** Returns the paths in the run directory that the declaration sets for files of its arguments. */
  filePaths(parameter: P, nested: NestedDeclarations<N>): readonly string[];
  /**
   * Reports a declaration that no argument could satisfy. Called only for new declarations, not for stored ones, which
   * follow the rules of their release.
   */
  reportUnusable(parameter: P, location: Location, nested: NestedUsability<N>): void;
}

/** The declarations inside a declaration, of any type. */
export interface NestedDeclarations<N extends ParameterBase> {
  /** @param position position among the declarations at the same level; used for a missing index */
  read(declaration: PythonValue, location: Location, position: number): N | undefined;
  document(parameter: N): PythonMapping;
  filePaths(parameter: N): readonly string[];
}

/** `reportUnusable` for the declarations inside a declaration, including their default values. */
export interface NestedUsability<N extends ParameterBase> {
  reportUnusable(parameter: N, location: Location): void;
}

/**
 * Casts the value of an argument to the value of its references.
 *
 * @throws FlowservError 400 if the value is not valid, 404 for an unknown upload
 */
export type Cast<P extends ParameterBase, N extends ParameterBase = ParameterBase> = (
  parameter: P,
  value: PythonValue,
  context: CastContext,
  nested: NestedCasts<N>,
) => PythonValue;

/** Values inside a value. */
export interface NestedCasts<N extends ParameterBase> {
  cast(parameter: N, value: PythonValue, context: CastContext): PythonValue;
  /** Returns the value of a parameter without an argument; undefined if it has no default value. */
  castDefault(parameter: N, context: CastContext): PythonValue | undefined;
}

/** A part of a JSON Schema, draft 2020-12. */
export type Schema = { readonly [keyword: string]: unknown };

/** What a form needs to ask for an argument. */
export interface Form<P extends ParameterBase, N extends ParameterBase = ParameterBase> {
  /** Returns keywords that accept the plainest spelling of the values that `cast` accepts. */
  schema(parameter: P, nested: NestedForms<N>): Schema;
  /** Returns a value of `cast` as JSON that `schema` accepts; undefined if there is none. */
  plain(parameter: P, value: PythonValue, nested: NestedForms<N>): unknown;
}

/** The forms inside a form. */
export interface NestedForms<N extends ParameterBase> {
  schema(parameter: N): Schema;
  /** Returns the schema of an object with a member for each parameter. */
  objectOf(parameters: readonly N[]): Schema;
  plain(parameter: N, value: PythonValue): unknown;
  /** Whether the value is the parameter's value without an argument. */
  isDefault(parameter: N, value: PythonValue): boolean;
}

/** An option of an enumeration as the API serves it. */
interface ServedOption {
  readonly name: string;
  readonly value?: unknown;
}

/** The value of an argument typed as text, or a sentence that describes what is wrong. */
export type EntryReading =
  | { readonly ok: true; readonly value: PythonValue }
  | { readonly ok: false; readonly fault: string };

/** How a user types an argument in a terminal: as text, or by naming a file. */
export type Entry = 'file' | ((text: string, options: readonly ServedOption[]) => EntryReading);

/** Members of the declaration of a type whose arguments are values without files. */
export const withoutFiles = {
  valueByDefault: ({ defaultValue }: ParameterBase): PythonValue | undefined => defaultValue,
  defaultIsArgument: true,
  filePaths: (): readonly string[] => [],
  reportUnusable: (): void => {},
};

/** Returns a scalar as JSON; undefined for NaN and infinities, which JSON does not have. */
export function plainScalar(_parameter: ParameterBase, value: PythonValue): unknown {
  return toJsonValue(value) === null ? undefined : exactJson(value);
}

/** Keywords for texts without the NUL character, which no argument of a program can contain. */
export const WITHOUT_NUL: Schema = { not: { pattern: '\\u0000' } };
