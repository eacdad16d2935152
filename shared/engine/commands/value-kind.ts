import { isList, isMapping, type PythonValue } from '../../documents/python-value.ts';
import type { Dtype } from '../../template/parameter-types/types.ts';
import { referenceOf, splitReferences } from '../../template/references.ts';
import type { SerialWorkflow } from '../serial-workflow.ts';

/**
 * What a value can be. A number is a number or True or False; fixed text is the organiser's: a constant, an
 * entry of a select list, a branch of a conditional reference; a file is the path of an upload; anything else
 * is free text of the participant.
 */
export type ValueKind = 'number' | 'fixed' | 'file' | 'text';

/** From what can do least to what can do most. */
const ORDER: readonly ValueKind[] = ['number', 'fixed', 'file', 'text'];

const KIND_OF_TYPE: Readonly<Record<Dtype, ValueKind>> = {
  bool: 'number',
  int: 'number',
  float: 'number',
  select: 'fixed',
  file: 'file',
  string: 'text',
  list: 'text',
  record: 'text',
  actor: 'text',
};

/** The kind of text that is put together from these. */
export function worstKind(kinds: Iterable<ValueKind>): ValueKind {
  return [...kinds].reduce((a, b) => (ORDER.indexOf(a) < ORDER.indexOf(b) ? b : a), 'number');
}

/** The kind of each parameter's values by its name. */
export function parameterKinds(
  parameters: readonly { readonly name: string; readonly dtype: Dtype }[],
): ReadonlyMap<string, ValueKind> {
  return new Map(parameters.map(({ name, dtype }) => [name, KIND_OF_TYPE[dtype]]));
}

/** The kind of what the reference `$[[inner]]` becomes. */
export function referenceKind(inner: string, parameters: ReadonlyMap<string, ValueKind>): ValueKind {
  const { name, branches } = referenceOf(inner);
  return branches === undefined ? (parameters.get(name) ?? 'text') : 'fixed';
}

/** The kind of each variable that the commands of a workflow may name. */
export function variableKinds(
  workflow: SerialWorkflow,
  parameters: ReadonlyMap<string, ValueKind>,
): ReadonlyMap<string, ValueKind> {
  const own = [...workflow.parameters].map(([name, value]): [string, ValueKind] => [
    name,
    kindOfValue(value, parameters),
  ]);
  return new Map([...(workflow.grammar === 'legacy' ? parameters : []), ...own]);
}

/** The kind of a value of a workflow specification, with its references. */
export function kindOfValue(value: PythonValue, parameters: ReadonlyMap<string, ValueKind>): ValueKind {
  if (typeof value === 'string') {
    const parts = splitReferences(value);
    const kinds = parts.map((part) =>
      typeof part === 'string' ? 'fixed' : referenceKind(part.source.slice(3, -2), parameters),
    );
    return kinds.length === 0 ? 'fixed' : worstKind(kinds);
  }
  const items = isList(value) ? value : isMapping(value) ? Object.values(value) : [];
  const kind = worstKind(items.map((item) => kindOfValue(item, parameters)));
  return kind === 'number' || kind === 'fixed' ? 'fixed' : 'text';
}
