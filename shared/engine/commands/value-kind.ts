import { isList, isMapping, type PythonValue } from '../../documents/python-value.ts';
import type { Dtype } from '../../template/parameter-types/types.ts';
import { referenceOf, splitReferences } from '../../template/references.ts';
import type { SerialWorkflow } from '../serial-workflow.ts';

/**
 * Kind of a value. `number`: a number, True or False. `fixed`: text of the organiser, such as a constant, an entry of
 * a select list or a branch of a conditional reference. `file`: the path of an upload. `text`: anything else, free
 * text of the participant.
 */
export type ValueKind = 'number' | 'fixed' | 'file' | 'text';

/** The kinds of values, from the least to the most dangerous. */
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

/** Returns the kind of a text composed of these kinds. */
export function worstKind(kinds: Iterable<ValueKind>): ValueKind {
  return [...kinds].reduce((a, b) => (ORDER.indexOf(a) < ORDER.indexOf(b) ? b : a), 'number');
}

/** Returns the kind of each parameter's values by name. */
export function parameterKinds(
  parameters: readonly { readonly name: string; readonly dtype: Dtype }[],
): ReadonlyMap<string, ValueKind> {
  return new Map(parameters.map(({ name, dtype }) => [name, KIND_OF_TYPE[dtype]]));
}

/** Returns the kind of the value of the reference `$[[inner]]`. */
export function referenceKind(inner: string, parameters: ReadonlyMap<string, ValueKind>): ValueKind {
  const { name, branches } = referenceOf(inner);
  return branches === undefined ? (parameters.get(name) ?? 'text') : 'fixed';
}

/** Returns the kind of each variable that the commands of a workflow may use. */
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

/** Returns the kind of a value of a workflow specification, including its references. */
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
