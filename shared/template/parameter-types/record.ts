/** Records; other parameters declare their members. */
import { listAt } from '../../documents/fields.ts';
import { below, type Location, report } from '../../documents/problem.ts';
import { quotedText } from '../../documents/python-text.ts';
import { isList, isMapping, type PythonMapping, type PythonValue } from '../../documents/python-value.ts';
import { type CastContext, castFault, inside } from './cast-context.ts';
import {
  type Entry,
  type Form,
  type NestedCasts,
  type NestedDeclarations,
  type NestedForms,
  type NestedUsability,
  type ParameterBase,
  type TypedBase,
  withoutFiles,
} from './descriptor.ts';
import { readJsonEntry } from './json-entry.ts';
import { mustBeGiven } from './must-be-given.ts';

export interface RecordParameter extends ParameterBase {
  readonly dtype: 'record';
  readonly fields: readonly Field[];
}

type Field = ParameterBase & { readonly dtype: string };

function read<N extends Field>(
  base: TypedBase<'record'>,
  { fields: written = null }: PythonMapping,
  location: Location,
  nested: NestedDeclarations<N>,
): RecordParameter & { readonly fields: readonly N[] } {
  const at = below(location, 'fields');
  if (written === null) report(location, "missing element 'fields'");
  const names = new Set<string>();
  const fields: N[] = [];
  for (const [i, declaration] of listAt(written ?? [], at).entries()) {
    const field = nested.read(declaration, below(at, i), i);
    if (field === undefined) continue;
    if (names.has(field.name)) report(below(at, i), `duplicate field '${quotedText(field.name)}'`);
    names.add(field.name);
    fields.push(field);
  }
  return { ...base, fields };
}

export const declaration = {
  elements: ['fields'],
  read,
  document: ({ fields }: RecordParameter, nested: NestedDeclarations<ParameterBase>) => ({
    fields: fields.map((field) => nested.document(field)),
  }),
  ...withoutFiles,
  filePaths: ({ fields }: RecordParameter, nested: NestedDeclarations<ParameterBase>) =>
    fields.flatMap((field) => nested.filePaths(field)),
  reportUnusable: (
    { fields }: RecordParameter,
    location: Location,
    nested: NestedUsability<ParameterBase>,
  ) => {
    for (const [i, field] of fields.entries())
      nested.reportUnusable(field, below(below(location, 'fields'), i));
  },
};

/** Returns the members in either form: a list of `{name, value}`, or the mapping that forms send. */
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

/** Returns the given members by name; if a name is given twice, the last one applies. */
function givenMembers(parameter: RecordParameter, value: PythonValue, context: CastContext) {
  const names = new Set(parameter.fields.map((field) => field.name));
  const given = new Map(membersOf(value, context));
  for (const name of given.keys()) {
    if (!names.has(name)) throw castFault(context, `unknown field '${quotedText(name)}'`);
  }
  return given;
}

/**
 * Returns a mapping from a list of `{name, value}` or from a mapping. A field that is not given takes its default
 * value or, if optional, is left out; otherwise it is an error.
 */
export function cast(
  parameter: RecordParameter,
  value: PythonValue,
  context: CastContext,
  nested: NestedCasts<ParameterBase>,
): PythonMapping {
  const given = givenMembers(parameter, value, context);
  const entries: [string, PythonValue][] = [];
  for (const field of parameter.fields) {
    const at = inside(context, field.name);
    const member = given.get(field.name);
    if (member === undefined && mustBeGiven(field)) throw castFault(context, `missing field '${field.name}'`);
    const content = member === undefined ? nested.castDefault(field, at) : nested.cast(field, member, at);
    if (content !== undefined) entries.push([field.name, content]);
  }
  return Object.fromEntries(entries);
}

export const form: Form<RecordParameter> = {
  schema: ({ fields }, nested) => nested.objectOf(fields),
  plain: plainMembers,
};

/** Returns an object without the members that have the value of an omitted member. */
function plainMembers({ fields }: RecordParameter, value: PythonValue, nested: NestedForms<ParameterBase>) {
  const given = isMapping(value) ? value : {};
  const members = fields.flatMap((field): [string, unknown][] => {
    const member = Object.hasOwn(given, field.name) ? given[field.name] : undefined;
    if (member === undefined) return [];
    const plain = nested.plain(field, member);
    return plain === undefined && nested.isDefault(field, member) ? [] : [[field.name, plain]];
  });
  return members.some(([, plain]) => plain === undefined) ? undefined : Object.fromEntries(members);
}

export const entry: Entry = (text) => readJsonEntry(text, { type: 'a record', example: '{"x": 1}' });
