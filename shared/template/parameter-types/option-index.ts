import { pythonText } from '../../documents/python-text.ts';
import {
  isList,
  isMapping,
  numericValue,
  type PythonValue,
  toJsonValue,
} from '../../documents/python-value.ts';

export interface SelectOption {
  readonly name: string;
  readonly value: PythonValue;
  readonly isDefault?: boolean;
}

/** Options by what their values are equal to, and by how they are written. */
interface OptionIndex {
  readonly byValue: ReadonlyMap<string, readonly SelectOption[]>;
  readonly byText: ReadonlyMap<string, SelectOption>;
}

/** One for each list of options: a list of 20,000 values of 4,000 options must not take 80 million looks. */
const indexes = new WeakMap<readonly SelectOption[], OptionIndex>();

/**
 * The few options whose values may be equal to this one, in their order: those with the same content, numbers as doubles,
 * so that a long integer is among those that JavaScript rounds alike.
 */
export const optionsLike = (options: readonly SelectOption[], value: PythonValue): readonly SelectOption[] =>
  indexOf(options).byValue.get(contentKey(value)) ?? [];

/** The first option for which a form would send this text: its Python text or its JSON text. */
export const optionWithText = (options: readonly SelectOption[], text: string): SelectOption | undefined =>
  indexOf(options).byText.get(text);

function indexOf(options: readonly SelectOption[]): OptionIndex {
  const known = indexes.get(options);
  if (known) return known;
  const byText = new Map<string, SelectOption>();
  for (const option of options) {
    for (const text of textsOf(option)) if (!byText.has(text)) byText.set(text, option);
  }
  const index = { byValue: Map.groupBy(options, ({ value }) => contentKey(value)), byText };
  indexes.set(options, index);
  return index;
}

function textsOf({ value }: SelectOption): string[] {
  const json = toJsonValue(value);
  return typeof json === 'string' ? [pythonText(value)] : [pythonText(value), JSON.stringify(json)];
}

/** Equal values have equal keys; the other way round it need not be so. */
function contentKey(value: PythonValue): string {
  const number = numericValue(value);
  if (number !== undefined) return String(number);
  if (isList(value)) return `[${value.map(contentKey).join()}]`;
  if (!isMapping(value)) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${contentKey(item)}`);
  return `{${entries.sort().join()}}`;
}
