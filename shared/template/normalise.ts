/**
 * Older spellings of declarations, brought to the current one before any check.
 *
 * Templates in use spell the same things in four generations: `id`/`name` or `name`/`label`, `datatype`,
 * `type` or `dtype`, `decimal` or `float`, and so on; the official documentation mixes them.
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

/** Members that are not undefined; null stays, because a null default value still means "there is one". */
function present(fields: Fields): PythonMapping {
  const entries = Object.entries(fields).filter(
    (entry): entry is [string, PythonValue] => entry[1] !== undefined,
  );
  return Object.fromEntries(entries);
}

/** Where a mapping has an `id`, that is its name and the `name` is its label. */
function renameId(fields: Fields, labelKey: string): Fields {
  const { id, ...rest } = fields;
  if (isAbsent(id)) return rest;
  return { ...rest, [labelKey]: rest[labelKey] ?? rest.name, name: id };
}

/**
 * The type of a declaration. Before there was a type for enumerations, a list of `values` under any
 * `datatype` made one; and only that generation, recognised by `id`, could leave the type out.
 */
function normalType(fields: Fields): PythonValue | undefined {
  const { id, dtype, datatype, type, values } = fields;
  const oldEnumeration = isAbsent(dtype) && !isAbsent(values) && (!isAbsent(datatype) || isAbsent(type));
  if (oldEnumeration && !(isAbsent(id) && isAbsent(datatype))) return 'select';
  const written = dtype ?? datatype ?? type ?? (isAbsent(id) ? undefined : 'string');
  return RENAMED_TYPES.get(written) ?? written;
}

/** One parameter declaration in current spelling. What is no mapping is returned as it is. */
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

/** An option that is marked as default is another spelling of the default value, which comes first. */
function normaliseDefault(fields: Fields): Fields {
  const { defaultValue, values } = fields;
  if (!isAbsent(defaultValue) || !isList(values)) return fields;
  const marked = values.find((option) => isMapping(option) && option.isDefault === true);
  const value = isMapping(marked) ? marked.value : undefined;
  return isAbsent(value) ? fields : { ...fields, defaultValue: value };
}

/** `as` was the older `target`; its special value `$input` leaves the path to the user. */
function normaliseTarget(fields: Fields): Fields {
  const { as, ...rest } = fields;
  const target = rest.target ?? as;
  return { ...rest, target: target === '$input' ? null : target };
}

/** One result column in current spelling. */
export function normaliseColumn(column: PythonValue): PythonValue {
  if (!isMapping(column)) return column;
  const { type, datatype, ...rest } = column;
  const dtype = rest.dtype ?? datatype ?? type;
  return present({ ...renameId(rest, 'label'), dtype: dtype === 'decimal' ? 'float' : dtype });
}

/** One entry of `orderBy` in current spelling. */
export function normaliseOrder(entry: PythonValue): PythonValue {
  if (!isMapping(entry)) return entry;
  const { id, ...rest } = entry;
  return present({ ...rest, name: rest.name ?? id });
}

/** One parameter group in current spelling; older templates call them modules with `id` and `name`. */
export function normaliseGroup(group: PythonValue): PythonValue {
  return isMapping(group) ? present(renameId(group, 'title')) : group;
}
