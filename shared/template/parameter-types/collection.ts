/** Lists and records of other parameters. */
import { listAt } from '../../documents/fields.ts';
import { below, type Place, report } from '../../documents/problem.ts';
import { quotedText } from '../../documents/python-text.ts';
import { isList, isMapping, type PythonMapping, type PythonValue } from '../../documents/python-value.ts';
import type { ListParameter, Parameter, ParameterBase, RecordParameter } from '../parameter.ts';
import { type CastContext, castFault, inside } from './cast-context.ts';
import { defaultTarget } from './file.ts';

/** Parses a nested declaration; undefined after a report. */
export type ParseNested = (declaration: PythonValue, place: Place) => Parameter | undefined;

/** Casts a value by a nested declaration. */
export type CastNested = (parameter: Parameter, value: PythonValue, context: CastContext) => PythonValue;

export function parseList(
  base: ParameterBase,
  fields: PythonMapping,
  place: Place,
  parse: ParseNested,
): ListParameter | undefined {
  const declaration = fields.para;
  if (declaration === undefined || declaration === null) {
    report(place, "missing element 'para', the declaration of the list's elements");
    return undefined;
  }
  const para = parse(declaration, below(place, 'para'));
  return para && { ...base, dtype: 'list', para };
}

export function parseRecord(
  base: ParameterBase,
  fields: PythonMapping,
  place: Place,
  parse: ParseNested,
): RecordParameter {
  const at = below(place, 'fields');
  const declarations = fields.fields;
  if (declarations === undefined || declarations === null) report(place, "missing element 'fields'");
  const names = new Set<string>();
  const parsed: Parameter[] = [];
  for (const [i, declaration] of listAt(declarations ?? [], at).entries()) {
    const field = parse(declaration, below(at, i));
    if (field === undefined) continue;
    if (names.has(field.name)) report(below(at, i), `duplicate field '${quotedText(field.name)}'`);
    names.add(field.name);
    parsed.push(field);
  }
  return { ...base, dtype: 'record', fields: parsed };
}

/** A list whose elements are cast one by one. */
export function castList(
  parameter: ListParameter,
  value: PythonValue,
  context: CastContext,
  cast: CastNested,
): PythonValue {
  if (!isList(value)) throw castFault(context, `not a list '${quotedText(value)}'`);
  return value.map((item, i) => cast(parameter.para, item, inside(context, i)));
}

/** The members in either form: a list of `{name, value}`, or the mapping that a form makes. */
function membersOf(value: PythonValue, context: CastContext): readonly (readonly [string, PythonValue])[] {
  if (isMapping(value)) return Object.entries(value);
  if (!isList(value)) throw castFault(context, 'a record is given as a list of {name, value}');
  return value.map((item) => {
    const member: PythonMapping = isMapping(item) ? item : {};
    const { name, value: content } = member;
    if (typeof name !== 'string' || content === undefined || Object.keys(member).length !== 2) {
      throw castFault(context, 'every member of a record has exactly a name and a value');
    }
    return [name, content] as const;
  });
}

/** The members that were given, by name; of a name that is given twice the last one counts. */
function givenMembers(parameter: RecordParameter, value: PythonValue, context: CastContext) {
  const names = new Set(parameter.fields.map((field) => field.name));
  const given = new Map(membersOf(value, context));
  for (const name of given.keys()) {
    if (!names.has(name)) throw castFault(context, `unknown field '${quotedText(name)}'`);
  }
  return given;
}

/** The value of one field; undefined when it was not given and has no default value. */
function memberValue(
  field: Parameter,
  given: ReadonlyMap<string, PythonValue>,
  context: CastContext,
  cast: CastNested,
): PythonValue | undefined {
  const content = given.get(field.name);
  if (content !== undefined) return cast(field, content, context);
  // The default of a file is a path of the template, not an upload that could be cast.
  if (field.dtype === 'file') return defaultTarget(field);
  return field.defaultValue === undefined ? undefined : cast(field, field.defaultValue, context);
}

/**
 * A mapping from a list of `{name, value}` or from a mapping. A field that is not given takes its default value, is left out
 * when it is optional, and is an error otherwise.
 */
export function castRecord(
  parameter: RecordParameter,
  value: PythonValue,
  context: CastContext,
  cast: CastNested,
): PythonMapping {
  const given = givenMembers(parameter, value, context);
  const entries: [string, PythonValue][] = [];
  for (const field of parameter.fields) {
    const content = memberValue(field, given, inside(context, field.name), cast);
    if (content !== undefined) entries.push([field.name, content]);
    else if (field.isRequired) throw castFault(context, `missing field '${field.name}'`);
  }
  return Object.fromEntries(entries);
}
