/**
 * Converts older spellings of declarations to the current one, before any check.
 *
 * Existing templates use four generations of spellings: `id`/`name` or `name`/`label`, `datatype`, `type` or `dtype`,
 * `decimal` or `float`, and so on. The official documentation mixes them.
 *
 * Source: flowServ template specification, spelling generations.
 */
import { isList, isMapping, type PythonMapping, type PythonValue } from '../documents/python-value.ts';

type Fields = Readonly<Record<string, PythonValue | undefined>>;

const RENAMED_TYPES = new Map<PythonValue | undefined, string>([
  ['decimal', 'float'],
  ['enum', 'select'],
]);

const isAbsent = (value: PythonValue | undefined) => value === undefined || value === null;

/** Returns the members that are not undefined. Null stays, because a null default value still counts as present. */
function present(fields: Fields): PythonMapping {
  const entries = Object.entries(fields).filter(
    (entry): entry is [string, PythonValue] => entry[1] !== undefined,
  );
  return Object.fromEntries(entries);
}

/** If a mapping has an `id`, the `id` is its name and the `name` is its label. */
function renameId(fields: Fields, labelKey: string): Fields {
  const { id, ...rest } = fields;
  if (isAbsent(id)) return rest;
  return { ...rest, [labelKey]: rest[labelKey] ?? rest.name, name: id };
}

/**
 * Returns the type of a declaration. Before enumerations had a type, a list of `values` under any `datatype` declared
 * one. Only that generation, recognised by `id`, could omit the type.
 */
function normalType(fields: Fields): PythonValue | undefined {
  const { id, dtype, datatype, type, values } = fields;
  const oldEnumeration = isAbsent(dtype) && !isAbsent(values) && (!isAbsent(datatype) || isAbsent(type));
  if (oldEnumeration && !(isAbsent(id) && isAbsent(datatype))) return 'select';
  const written = dtype ?? datatype ?? type ?? (isAbsent(id) ? undefined : 'string');
  return RENAMED_TYPES.get(written) ?? written;
}

/** Returns a parameter declaration in current spelling. Returns a value that is not a mapping unchanged. */
export function normaliseParameter(declaration: PythonValue): PythonValue {
  if (!isMapping(declaration)) return declaration;
  const dtype = normalType(declaration);
  const { datatype: _datatype, type: _type, description, module, required, ...rest } = declaration;
  const fields: Fields = {
    ...renameId(rest, 'label'),
    dtype,
    help: rest.help ?? description,
    group: rest.group ?? module,
    isRequired: rest.isRequired ?? required,
  };
  if (dtype === 'file') return present(normaliseTarget(fields));
  return present(dtype === 'select' ? normaliseDefault(fields) : fields);
}

/** Uses the option marked as default as the default value, unless a default value is present. */
function normaliseDefault(fields: Fields): Fields {
  const { defaultValue, values } = fields;
  if (!isAbsent(defaultValue) || !isList(values)) return fields;
  const marked = values.find((option) => isMapping(option) && option.isDefault === true);
  const value = isMapping(marked) ? marked.value : undefined;
  return isAbsent(value) ? fields : { ...fields, defaultValue: value };
}

/** Replaces the older name `as` by `target`. Its special value `$input` lets the user choose the path. */
function normaliseTarget(fields: Fields): Fields {
  const { as, ...rest } = fields;
  const target = rest.target ?? as;
  return { ...rest, target: target === '$input' ? null : target };
}

/** Returns a result column in current spelling. */
export function normaliseColumn(column: PythonValue): PythonValue {
  if (!isMapping(column)) return column;
  const { type, datatype, ...rest } = column;
  const dtype = rest.dtype ?? datatype ?? type;
  return present({ ...renameId(rest, 'label'), dtype: dtype === 'decimal' ? 'float' : dtype });
}

/** Returns an entry of `orderBy` in current spelling. */
export function normaliseOrder(entry: PythonValue): PythonValue {
  if (!isMapping(entry)) return entry;
  const { id, ...rest } = entry;
  return present({ ...rest, name: rest.name ?? id });
}

/** Returns a parameter group in current spelling. Older templates call groups modules, with `id` and `name`. */
export function normaliseGroup(group: PythonValue): PythonValue {
  return isMapping(group) ? present(renameId(group, 'title')) : group;
}
