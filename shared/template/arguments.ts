/**
 * The arguments of a run: values that a user supplied, checked and cast by the parameters.
 *
 * Source: flowServ HTTP API, starting runs; flowServ template specification, parameter types.
 */

import { quotedText } from '../documents/python-text.ts';
import {
  isList,
  isMapping,
  type PythonMapping,
  type PythonValue,
  toPythonValue,
} from '../documents/python-value.ts';
import { FlowservError, invalid } from '../errors.ts';
import { valueByDefault } from './declaration.ts';
import type { Parameter } from './parameter.ts';
import { type CastContext, type FileReference, isNoFile } from './parameter-types/cast-context.ts';
import type { NestedCasts } from './parameter-types/descriptor.ts';
import { mustBeGiven } from './parameter-types/must-be-given.ts';
import { casts, type Dtype, declarations } from './parameter-types/types.ts';
import { MAX_PARAMETERS } from './parameters.ts';
import { locationRule, type Root } from './static-paths.ts';

/** An argument as the user sent it. A type alias, because TypeScript does not treat interfaces as mappings. */
export type SuppliedArgument = { readonly name: string; readonly value: PythonValue };

/** An argument after the cast. */
export interface Argument {
  readonly name: string;
  /** The value of references to the parameter: for a file its target path, for an actor its action. */
  readonly value: PythonValue;
  /** Uploads that the run needs for this argument: one for a file, any number for a list, record or actor. */
  readonly files: readonly FileReference[];
}

/** Cast arguments by parameter name, in the order of the request. */
export type Arguments = ReadonlyMap<string, Argument>;

/** Data outside the template that the cast needs. */
export interface ArgumentLookups {
  /** Whether the group owns an upload with this id. If absent, the caller checks `files` itself. */
  readonly hasFile?: (fileId: string) => boolean;
  /** Paths of the workflow's static files, which a user's own target path must not replace. */
  readonly staticFiles?: Iterable<string>;
  /** What the workflow's steps load from the run directory itself. */
  readonly root?: Root;
  /** Paths of private static files, which errors must not reveal. */
  readonly privateFiles?: Iterable<string>;
}

/** Maximum number of arguments of a run: one for each parameter. */
const MAX_ARGUMENTS = MAX_PARAMETERS;

const malformed = (message: string) => invalid('argument.invalid', message);

function parseArgument(raw: PythonValue, i: number): SuppliedArgument {
  const fields: PythonMapping = isMapping(raw) ? raw : {};
  const { name, id, value, ...others } = fields;
  // Clients before release 0.6 send `id`.
  const key = name ?? id;
  if (typeof key !== 'string' || value === undefined || Object.keys(others).length > 0) {
    throw malformed(`arguments[${i}] must have exactly a 'name' and a 'value'`);
  }
  return { name: key, value };
}

/**
 * Reads the argument list of a request body.
 *
 * @param value the parsed JSON; absent or null means no arguments.
 * @throws 400 if it is not a list of `{name, value}`.
 */
export function parseArguments(value: unknown): readonly SuppliedArgument[] {
  if (value === undefined || value === null) return [];
  const list = toPythonValue(value);
  if (!isList(list)) throw malformed("arguments must be a list of {'name', 'value'}");
  if (list.length > MAX_ARGUMENTS) throw malformed(`more than ${MAX_ARGUMENTS} arguments`);
  return list.map(parseArgument);
}

const nested: NestedCasts<Parameter> = { cast, castDefault };

function castDefault(parameter: Parameter, context: CastContext): PythonValue | undefined {
  const value = valueByDefault(parameter);
  if (value === undefined || !declarations[parameter.dtype].defaultIsArgument) return value;
  return cast(parameter, value, context);
}

/**
 * Returns the default value, cast like an argument; for a file its path.
 *
 * @returns undefined if there is none
 * @throws 400 if it is not valid for its parameter
 */
export function castDefaultValue(parameter: Parameter): PythonValue | undefined {
  return castDefault(parameter, { location: parameter.name, files: [], isDefault: true });
}

/**
 * Returns the value of references to a parameter without an argument: the default value, cast like an argument. A
 * float written as an int keeps that form, since existing programs expect its text (flowServ template specification,
 * text forms). A default value that is not valid for its parameter, in a template of an earlier release, stays as
 * written.
 *
 * @returns undefined if there is no default value
 */
export function effectiveDefault(parameter: Parameter): PythonValue | undefined {
  const written = valueByDefault(parameter);
  if (parameter.dtype === 'float' && (typeof written === 'number' || typeof written === 'bigint'))
    return written;
  return fittingDefault(parameter) ?? written;
}

/** Returns the default value, cast like an argument; undefined if there is none or it is not valid. */
export function fittingDefault(parameter: Parameter): PythonValue | undefined {
  try {
    return castDefaultValue(parameter);
  } catch (error) {
    if (error instanceof FlowservError) return undefined;
    throw error;
  }
}

function cast(parameter: Parameter, value: PythonValue, context: CastContext): PythonValue {
  const castTyped = <D extends Dtype>(type: D, ofType: Parameter<D>) =>
    casts[type](ofType, value, context, nested);
  return castTyped(parameter.dtype, parameter);
}

/** Casts one value by its parameter. Throws the errors of `castArguments`. */
export function castArgument(parameter: Parameter, value: unknown, lookups: ArgumentLookups = {}): Argument {
  return castOne(parameter, toPythonValue(value), lookups.hasFile, locationRuleOf(lookups));
}

const locationRuleOf = ({ staticFiles, privateFiles, root }: ArgumentLookups) =>
  staticFiles && locationRule(staticFiles, root, privateFiles);

function castOne(
  parameter: Parameter,
  value: PythonValue,
  hasFile: ((fileId: string) => boolean) | undefined,
  locationFault: CastContext['locationFault'] | undefined,
): Argument {
  const files: FileReference[] = [];
  const context: CastContext = {
    location: parameter.name,
    files,
    ...(hasFile && { hasFile }),
    ...(locationFault && { locationFault }),
  };
  return { name: parameter.name, value: cast(parameter, value, context), files };
}

/** @throws 400 for the first parameter that needs an argument and has none. */
function checkComplete(parameters: readonly Parameter[], given: Arguments): void {
  const missing = parameters.find((parameter) => mustBeGiven(parameter) && !given.has(parameter.name));
  if (missing !== undefined) throw missingArgument(missing.name);
}

/** Returns the error 400 for a parameter that needs a value and has neither an argument nor a default value. */
export function missingArgument(name: string) {
  return invalid('argument.missing', `missing argument for '${name}'`);
}

/**
 * Checks and casts the arguments of a run.
 *
 * Checks each argument in order: given twice (400), unknown parameter (400), unknown upload (404, if `hasFile` is
 * present), invalid value (400). Then checks for missing arguments (400).
 *
 * @param supplied the result of `parseArguments`, or arguments in the same form.
 */
export function castArguments(
  parameters: readonly Parameter[],
  supplied: readonly { readonly name: string; readonly value: unknown }[],
  lookups: ArgumentLookups = {},
): Arguments {
  const { hasFile } = lookups;
  const locationFault = locationRuleOf(lookups);
  const byName = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  const given = new Map<string, Argument>();
  const seen = new Set<string>();
  for (const { name, value: raw } of supplied) {
    const parameter = byName.get(name);
    if (seen.has(name)) throw invalid('argument.duplicate', `non-unique run argument '${quotedText(name)}'`);
    if (parameter === undefined) {
      throw invalid('argument.unknown', `unknown parameter '${quotedText(name)}'`);
    }
    seen.add(name);
    const value = toPythonValue(raw);
    if (parameter.dtype === 'file' && isNoFile(value)) continue;
    given.set(name, castOne(parameter, value, hasFile, locationFault));
  }
  checkComplete(parameters, given);
  return given;
}

function* fileIds(value: PythonValue): Generator<string> {
  if (isMapping(value) && typeof value.fileId === 'string') yield value.fileId;
  const inner = isList(value) ? value : isMapping(value) ? Object.values(value) : [];
  for (const item of inner) yield* fileIds(item);
}

/** Returns the ids of all uploads that arguments may refer to, so that a caller can look them up before the cast. */
export function mentionedFileIds(supplied: readonly SuppliedArgument[]): ReadonlySet<string> {
  return new Set(supplied.flatMap(({ value }) => [...fileIds(value)]));
}
