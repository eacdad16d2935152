/** Lists; another parameter declares their elements. */
import { below, type Location, report } from '../../documents/problem.ts';
import { quotedText } from '../../documents/python-text.ts';
import { isList, type PythonMapping, type PythonValue } from '../../documents/python-value.ts';
import { type CastContext, castFault, inside } from './cast-context.ts';
import {
  type Entry,
  type Form,
  type NestedCasts,
  type NestedDeclarations,
  type NestedUsability,
  type ParameterBase,
  type TypedBase,
  withoutFiles,
} from './descriptor.ts';
import { readJsonEntry } from './json-entry.ts';

export interface ListParameter extends ParameterBase {
  readonly dtype: 'list';
  /** Declaration of the elements. */
  readonly para: ParameterBase;
}

function read<N extends ParameterBase>(
  base: TypedBase<'list'>,
  fields: PythonMapping,
  location: Location,
  nested: NestedDeclarations<N>,
): (ListParameter & { readonly para: N }) | undefined {
  const { para: written = null } = fields;
  if (written === null) {
    report(location, "missing element 'para', the declaration of the list's elements");
    return undefined;
  }
  const para = nested.read(written, below(location, 'para'), 0);
  return para && { ...base, para };
}

export const declaration = {
  elements: ['para'],
  read,
  document: ({ para }: ListParameter, nested: NestedDeclarations<ParameterBase>) => ({
    para: nested.document(para),
  }),
  ...withoutFiles,
  filePaths: ({ para }: ListParameter, nested: NestedDeclarations<ParameterBase>) => nested.filePaths(para),
  reportUnusable: ({ para }: ListParameter, location: Location, nested: NestedUsability<ParameterBase>) =>
    nested.reportUnusable(para, below(location, 'para')),
};

/** Casts the elements of a list one by one. */
export function cast(
  parameter: ListParameter,
  value: PythonValue,
  context: CastContext,
  nested: NestedCasts<ParameterBase>,
): PythonValue {
  if (!isList(value)) throw castFault(context, `not a list '${quotedText(value)}'`);
  return value.map((item, i) => nested.cast(parameter.para, item, inside(context, i)));
}

export const form: Form<ListParameter> = {
  schema: ({ para }, nested) => ({ type: 'array', items: nested.schema(para) }),
  plain: ({ para }, value, nested) => {
    const items = isList(value) ? value.map((item) => nested.plain(para, item)) : [undefined];
    return items.includes(undefined) ? undefined : items;
  },
};

export const entry: Entry = (text) => readJsonEntry(text, { type: 'a list', example: '[1, 2]' });
