/**
 * What the file of a parameter type exports. `types.ts` lists the types; to add one, copy `bool.ts`.
 *
 * A type is described by four exports: `declaration`, `cast`, `form` and `entry`. They are separate so that a
 * function loads only what it calls: the broker reads declarations, but it casts no argument.
 */

import { exactJson } from '../../documents/exact-json.ts';
import type { Location } from '../../documents/problem.ts';
import { type PythonMapping, type PythonValue, toJsonValue } from '../../documents/python-value.ts';
import type { CastContext } from './cast-context.ts';

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

/** The common members of a declaration, with its type. */
export type TypedBase<D> = ParameterBase & { readonly dtype: D };

/**
 * The declaration of a parameter.
 *
 * @template P the parameter
 * @template D its `dtype`
 * @template N the parameters that it may hold
 */
export interface Declaration<
  P extends ParameterBase & { readonly dtype: string },
  D = P['dtype'],
  N extends ParameterBase = ParameterBase,
> {
  /** Names of the elements beyond those of every declaration. */
  readonly elements: readonly string[];
  /** Reads these elements and reports their problems; undefined after a report that leaves nothing to build. */
  read(
    base: TypedBase<D>,
    fields: PythonMapping,
    location: Location,
    nested: NestedDeclarations<N>,
  ): P | undefined;
  /** These elements in canonical spelling. */
  document(parameter: P, nested: NestedDeclarations<N>): PythonMapping;
  /** What references stand for when the run has no argument; undefined when there is no default value. */
  valueByDefault(parameter: P): PythonValue | undefined;
  /** Whether the default value is spelled as an argument is; otherwise no cast can take it. */
  readonly defaultIsArgument: boolean;
  /** Paths in the run directory that the declaration names for files of its arguments. */
  filePaths(parameter: P, nested: NestedDeclarations<N>): readonly string[];
  /**
   * Reports what leaves no value that an argument could have. It is asked for declarations that somebody writes, and not
   * for stored ones, which were written under the rules of their release.
   */
  reportUnusable(parameter: P, location: Location, nested: NestedUsability<N>): void;
}

/** The declarations inside a declaration, of whatever type they are. */
export interface NestedDeclarations<N extends ParameterBase> {
  /** @param position among the declarations beside it, which fills in a missing index */
  read(declaration: PythonValue, location: Location, position: number): N | undefined;
  document(parameter: N): PythonMapping;
  filePaths(parameter: N): readonly string[];
}

/** As `reportUnusable` of the declarations inside a declaration, with their default values. */
export interface NestedUsability<N extends ParameterBase> {
  reportUnusable(parameter: N, location: Location): void;
}

/**
 * Turns the value of an argument into what references stand for.
 *
 * @throws FlowservError 400 when the value does not fit, 404 for an unknown upload
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
  /** The value of a parameter that was not given; undefined when it has no default value. */
  castDefault(parameter: N, context: CastContext): PythonValue | undefined;
}

/** A part of a JSON Schema, draft 2020-12. */
export type Schema = { readonly [keyword: string]: unknown };

/** What a form needs to ask for an argument. */
export interface Form<P extends ParameterBase, N extends ParameterBase = ParameterBase> {
  /** Keywords that accept what `cast` takes, in its plainest spelling. */
  schema(parameter: P, nested: NestedForms<N>): Schema;
  /** A value that `cast` has given as the JSON that `schema` accepts; undefined where there is none. */
  plain(parameter: P, value: PythonValue, nested: NestedForms<N>): unknown;
}

/** The forms inside a form. */
export interface NestedForms<N extends ParameterBase> {
  schema(parameter: N): Schema;
  /** An object with a member for each parameter. */
  objectOf(parameters: readonly N[]): Schema;
  plain(parameter: N, value: PythonValue): unknown;
  /** Whether the value is what the parameter stands for when it is left out. */
  isDefault(parameter: N, value: PythonValue): boolean;
}

/** An option of an enumeration as the API serves it. */
interface ServedOption {
  readonly name: string;
  readonly value?: unknown;
}

/** A text as the value of an argument, or a sentence that says what is wrong with the text. */
export type EntryReading =
  | { readonly ok: true; readonly value: PythonValue }
  | { readonly ok: false; readonly fault: string };

/** How a user types an argument in a terminal: as text, or by naming a file. */
export type Entry = 'file' | ((text: string, options: readonly ServedOption[]) => EntryReading);

/** Members of the declaration of a type whose arguments are values and name no files. */
export const withoutFiles = {
  valueByDefault: ({ defaultValue }: ParameterBase): PythonValue | undefined => defaultValue,
  defaultIsArgument: true,
  filePaths: (): readonly string[] => [],
  reportUnusable: (): void => {},
};

/** A value without parts as JSON, which has no NaN and no infinities. */
export function plainScalar(_parameter: ParameterBase, value: PythonValue): unknown {
  return toJsonValue(value) === null ? undefined : exactJson(value);
}

/** Keywords for texts without the NUL character, which no argument of a program can hold. */
export const WITHOUT_NUL: Schema = { not: { pattern: '\\u0000' } };
