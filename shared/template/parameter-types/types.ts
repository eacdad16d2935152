/**
 * The types of parameters. To add a type, copy `string.ts` to a file beside this one, and add a line to
 * `ParameterTypes`; TypeScript then requires its line in each table.
 *
 * Source: flowServ template specification, parameter declarations.
 */
import * as actor from './actor.ts';
import * as bool from './bool.ts';
import type { Cast, Declaration, Entry, Form } from './descriptor.ts';
import * as file from './file.ts';
import * as list from './list.ts';
import * as numeric from './numeric.ts';
import * as record from './record.ts';
import * as select from './select.ts';
import * as string from './string.ts';

/** The parameter type of each `dtype`. */
interface ParameterTypes {
  bool: bool.BoolParameter;
  int: numeric.NumericParameter;
  float: numeric.NumericParameter;
  string: string.StringParameter;
  select: select.SelectParameter;
  file: file.FileParameter;
  list: list.ListParameter & { readonly para: Parameter };
  record: record.RecordParameter & { readonly fields: readonly Parameter[] };
  actor: actor.ActorParameter;
}

export type Dtype = keyof ParameterTypes;

/** A parameter declaration in canonical form (flowServ HTTP API, object `Parameter`). */
export type Parameter<D extends Dtype = Dtype> = ParameterTypes[D];

/** Declarations of the types, in the order in which messages list the types. */
export const declarations: { readonly [D in Dtype]: Declaration<Parameter<D>, D, Parameter> } = {
  bool: bool.declaration,
  int: numeric.declaration,
  float: numeric.declaration,
  string: string.declaration,
  select: select.declaration,
  file: file.declaration,
  list: list.declaration,
  record: record.declaration,
  actor: actor.declaration,
};

/** Casts of the types. */
export const casts: { readonly [D in Dtype]: Cast<Parameter<D>, Parameter> } = {
  bool: bool.cast,
  int: numeric.cast,
  float: numeric.cast,
  string: string.cast,
  select: select.cast,
  file: file.cast,
  list: list.cast,
  record: record.cast,
  actor: actor.cast,
};

/** Forms of the types. */
export const forms: { readonly [D in Dtype]: Form<Parameter<D>, Parameter> } = {
  bool: bool.form,
  int: numeric.form,
  float: numeric.form,
  string: string.form,
  select: select.form,
  file: file.form,
  list: list.form,
  record: record.form,
  actor: actor.form,
};

/** Terminal input of the types. */
export const entries: { readonly [D in Dtype]: Entry } = {
  bool: bool.entry,
  int: numeric.intEntry,
  float: numeric.floatEntry,
  string: string.entry,
  select: select.entry,
  file: file.entry,
  list: list.entry,
  record: record.entry,
  actor: actor.entry,
};
